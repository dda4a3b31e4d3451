import { Module } from '@nestjs/common';
import { BundledDocs } from './bundled-docs.ts';
import { ChunkEmbedding } from './chunk-embedding.ts';
import { ChunkVectors } from './chunk-vectors.ts';
import { DocumentCutter } from './document-cutter.ts';
import { DocumentsController } from './documents.controller.ts';
import { DocumentsService } from './documents.service.ts';
import { EmbeddingBackfill } from './embedding-backfill.ts';
import { ModelRegistration } from './model-registration.ts';
import { ModelSwitch } from './model-switch.ts';

/** Documents in. */
@Module({
  controllers: [DocumentsController],
  providers: [
    DocumentsService,
    DocumentCutter,
    ChunkEmbedding,
    ChunkVectors,
    ModelRegistration,
    ModelSwitch,
    EmbeddingBackfill,
    BundledDocs,
  ],
})
export class IngestModule {}
