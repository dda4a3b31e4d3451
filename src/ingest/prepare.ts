import { createHash } from 'node:crypto';
import type { NewChunk } from '../postgres/chunk-plan.ts';
import type { NewDocument } from '../postgres/documents.repository.ts';
import { chunkDocument, documentTitle } from './chunking.ts';
import type { DocumentBody } from './documents.schema.ts';

/**
 * A document as it is stored. Without an id it gets one made from its content, so that sending it again finds it.
 * The hash covers everything that was sent.
 */
export function toDocument(body: DocumentBody, bundled: boolean): NewDocument {
  const { text, format, metadata } = body;
  const url = body.url ?? null;
  const contentHash = hash([body.title ?? null, text, format, url, Object.entries(metadata).sort()]);
  const id = body.id ?? `doc_${contentHash.slice(0, 24)}`;
  return { id, title: body.title ?? null, url, format, text, metadata, contentHash, bundled };
}

/** What a document is cut from. */
export type Uncut = Pick<NewDocument, 'title' | 'text' | 'format'>;

/** The title of a document: the one it was sent with, else the one it gives itself. */
export function chooseTitle({ title, text, format }: Uncut): string | null {
  return title ?? documentTitle({ text, format: format as DocumentBody['format'] });
}

/**
 * Cuts a document, which has its title, into chunks, one at a time.
 * @throws UnreadableDocumentError
 */
export function* toChunks({ title, text, format }: Uncut): Generator<NewChunk> {
  for (const chunk of chunkDocument({ title, text, format: format as DocumentBody['format'] }))
    yield { ...chunk, contentHash: hash([title, chunk.heading, chunk.text]) };
}

function hash(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
