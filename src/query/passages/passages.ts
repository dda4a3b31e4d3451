import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../../http/app-error.ts';
import { DocumentsRepository } from '../../postgres/corpus/documents.repository.ts';

/** Chunks shown before and after a passage, each. Raised, whoever looks a citation up reads more around it. */
const REACH = 2;
/** Ids beyond it were never given, and do not fit the database's numbers. */
const CHUNK_ID = /^[1-9]\d{0,17}$/;

const partSchema = z.object({ chunk_id: z.string(), heading: z.string().nullable(), text: z.string() });

/** A part of a document. */
export type DocumentPart = z.infer<typeof partSchema>;

/** A passage with the parts of its document around it, in the document's order. */
export const passageSchema = partSchema.extend({
  document_id: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  before: z.array(partSchema).describe('The chunks before it, in their order'),
  after: z.array(partSchema).describe('The chunks behind it'),
});
export type PassageInDocument = z.infer<typeof passageSchema>;

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
