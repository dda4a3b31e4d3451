import { Injectable } from '@nestjs/common';
import { AppError } from '../../http/app-error.ts';
import { DocumentsRepository, type DocumentChunk } from '../../postgres/corpus/documents.repository.ts';

/** Chunks shown before and after a passage, each. Raised, whoever looks a citation up reads more around it. */
const REACH = 2;
/** Ids beyond it were never given, and do not fit the database's numbers. */
const CHUNK_ID = /^[1-9]\d{0,17}$/;

/** A part of a document. */
export type DocumentPart = Pick<DocumentChunk, 'chunk_id' | 'heading' | 'text'>;

/** A passage with the parts of its document around it, in the document's order. */
export interface PassageInDocument extends DocumentChunk {
  before: DocumentPart[];
  after: DocumentPart[];
}

/** Reads passages that were found or cited. */
@Injectable()
export class Passages {
  constructor(private readonly documents: DocumentsRepository) {}

  /**
   * The passage of a tenant with this chunk id, as its document stands now.
   * @throws AppError `not_found`; the database's errors
   */
  async find(tenantId: string, chunkId: string, signal: AbortSignal): Promise<PassageInDocument> {
    const chunks = CHUNK_ID.test(chunkId)
      ? await this.documents.findChunk(tenantId, chunkId, REACH, signal)
      : [];
    const at = chunks.findIndex(({ chunk_id }) => chunk_id === chunkId);
    const passage = chunks[at];
    if (!passage) throw new AppError('not_found');
    const parts = chunks.map(({ chunk_id, heading, text }) => ({ chunk_id, heading, text }));
    return { ...passage, before: parts.slice(0, at), after: parts.slice(at + 1) };
  }
}
