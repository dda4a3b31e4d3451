import { Module } from '@nestjs/common';
import { BundledDocs } from './documents/bundled-docs.ts';
import { ChunkEmbedding } from './embedding/chunk-embedding.ts';
import { ChunkVectors } from './embedding/chunk-vectors.ts';
import { ChunkListing } from './documents/chunk-listing.ts';
import { Chunker } from './documents/chunker.ts';
import { ChunksController } from './documents/chunks.controller.ts';
import { DocumentsController } from './documents/documents.controller.ts';
import { DocumentsService } from './documents/documents.service.ts';
import { EmbeddingBackfill } from './embedding/embedding-backfill.ts';
import { ModelRegistration } from './embedding/model-registration.ts';
import { ModelSwitch } from './embedding/model-switch.ts';

/** Documents in. */
@Module({
  controllers: [DocumentsController, ChunksController],
  providers: [
    DocumentsService,
    ChunkListing,
    Chunker,
    ChunkEmbedding,
    ChunkVectors,
    ModelRegistration,
    ModelSwitch,
    EmbeddingBackfill,
    BundledDocs,
  ],
})
export class IngestModule {}
