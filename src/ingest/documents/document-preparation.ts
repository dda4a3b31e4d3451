import { createHash, hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { jsonPieces } from '../../text/json-pieces.ts';
import type { NewChunk } from '../../postgres/corpus/chunk-diff.ts';
import type { NewDocument } from '../../postgres/corpus/document-rows.ts';
import { chunkDocument, readProperties } from '../chunking/chunking.ts';
import { isMetadata, MAX_METADATA, MAX_TITLE, type DocumentBody } from './documents.schema.ts';

/**
 * Converts a request's document to the stored form. A missing id is derived from the content, so that the same document has
 * the same id. The hash covers everything that was sent, and is computed in turns of the event loop of its own.
 * @throws the signal's reason
 */
export async function toDocument(
  body: DocumentBody,
  bundled: boolean,
  signal: AbortSignal,
): Promise<NewDocument> {
  const { text, format, metadata } = body;
  const title = body.title ?? null;
  const url = body.url ?? null;
  const contentHash = await hashContent([title, text, format, url, Object.entries(metadata).sort()], signal);
  const id = body.id ?? `doc_${contentHash.slice(0, 24)}`;
  return { id, title, url, format, text, metadata, contentHash, bundled };
}

/** The hash of the parts as JSON. A long string among them is hashed in pieces, each in a turn of its own. */
async function hashContent(parts: unknown[], signal: AbortSignal): Promise<string> {
  const sha256 = createHash('sha256');
  for (const [index, part] of parts.entries()) {
    sha256.update(index === 0 ? '[' : ',');
    if (typeof part === 'string') {
      sha256.update('"');
      for (const piece of jsonPieces(part)) {
        sha256.update(piece);
        await nextTurn(signal);
      }
      sha256.update('"');
    } else sha256.update(JSON.stringify(part));
  }
  return sha256.update(']').digest('hex');
}

/** The parts of a document that chunking reads. */
export type Uncut = Pick<NewDocument, 'title' | 'text' | 'format'>;

/** A document cut into chunks. */
export interface CutDocument {
  /** The title that was sent, else the one that the document gives itself. */
  title: string | null;
  /** The fields of the front matter that can be metadata. */
  metadata: Record<string, unknown>;
  chunks: NewChunk[];
}

/** Cuts a document into chunks. @throws UnreadableDocumentError */
export function cutDocument({ title: given, text, format }: Uncut): CutDocument {
  const source = { text, format: format as DocumentBody['format'] };
  const { title: own, fields } = readProperties(source);
  const title = given ?? own?.slice(0, MAX_TITLE) ?? null;
  const chunks = Array.from(chunkDocument({ ...source, title }), (chunk) => {
    const contentHash = hash('sha256', JSON.stringify([title, chunk.heading, chunk.text]));
    return { ...chunk, contentHash };
  });
  const metadata = Object.entries(fields)
    .filter((field) => isMetadata(Object.fromEntries([field])))
    .slice(0, MAX_METADATA);
  return { title, metadata: Object.fromEntries(metadata), chunks };
}

/** Adds a document's own fields to the metadata that was sent, up to the limits. What was sent takes precedence. */
export function joinMetadata(
  sent: NewDocument['metadata'],
  own: CutDocument['metadata'],
): NewDocument['metadata'] {
  let joined = sent;
  for (const [name, value] of Object.entries(own)) {
    const more = { ...Object.fromEntries([[name, value]]), ...joined };
    if (!Object.hasOwn(sent, name) && isMetadata(more)) joined = more;
  }
  return joined;
}

/** Waits for a turn of the event loop. @throws the signal's reason */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
