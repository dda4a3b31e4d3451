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

/** Cuts a document into chunks, one at a time; gives it its title first when it has none. */
export function* toChunks(document: NewDocument): Generator<NewChunk> {
  const format = document.format as DocumentBody['format'];
  document.title ??= documentTitle({ text: document.text, format });
  for (const chunk of chunkDocument({ title: document.title, text: document.text, format }))
    yield { ...chunk, contentHash: hash([document.title, chunk.heading, chunk.text]) };
}

function hash(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
