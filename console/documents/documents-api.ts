import { ApiError, call, callJson } from '../shared/api.ts';
import type { NewDocument } from './upload/read-document.ts';

/** A document in the list. */
export interface ListedDocument {
  id: string;
  title: string | null;
  url: string | null;
  format: string;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  chunks: number;
  embedding: 'ready' | 'pending';
}

/** Why a chunk has no vector although the embedding model worked. */
export interface Refusal {
  cause: Record<string, unknown>;
  attempts: number;
  refused_at: string;
  retry_at: string;
}

/** A part of a document, as it is searched. */
export interface Chunk {
  chunk_id: string;
  ordinal: number;
  heading: string | null;
  text: string;
  tokens: number;
  embedding: 'ready' | 'pending' | 'refused';
  refusal?: Refusal;
}

/** A document, and some of its chunks. */
export interface DocumentChunks {
  document: Omit<ListedDocument, 'embedding'> & { embedded: number };
  chunks: Chunk[];
  next: string | null;
}

/** What became of a document that was sent. */
export interface StoredDocument {
  id: string;
  status: 'created' | 'updated' | 'unchanged';
  chunks: number;
  embedding: 'ready' | 'pending';
}

/** The largest document takes over a minute on a busy machine, and may wait for others. */
const SEND_LIMIT_MS = 300_000;
/** A long document is deleted in parts. */
const DELETE_LIMIT_MS = 120_000;

/** Stores documents. @throws ApiError */
export async function postDocuments(
  documents: NewDocument[],
  signal: AbortSignal,
): Promise<StoredDocument[]> {
  const options = { method: 'POST', body: { documents }, signal, limitMs: SEND_LIMIT_MS };
  const body = await callJson<{ documents?: StoredDocument[] }>('documents', options);
  if (Array.isArray(body?.documents) && body.documents.length === documents.length) return body.documents;
  throw new ApiError('Something else than failsoft answered.', 200, '', undefined);
}

/** Deletes a document; one that is gone already counts as deleted. @throws ApiError */
export async function deleteDocument(id: string): Promise<void> {
  try {
    await call(`documents?${new URLSearchParams({ id })}`, { method: 'DELETE', limitMs: DELETE_LIMIT_MS });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'not_found')) throw error;
  }
}

/** A document with chunks of one state, at most three. @throws ApiError */
export function readChunkSample(id: string, embedding: 'refused', signal: AbortSignal) {
  const query = new URLSearchParams({ document_id: id, embedding, limit: '3' });
  return callJson<DocumentChunks>(`chunks?${query}`, { signal });
}

/** Why chunks wait for their vectors; undefined while they do not, and while the service does not say. */
export async function readEmbeddingReason(): Promise<string | undefined> {
  const health = await callJson<{ details?: { embedding?: { reason?: string } } }>('health').catch(
    () => undefined,
  );
  return health?.details?.embedding?.reason;
}

/** Whether the service runs. */
export function isAlive(): Promise<boolean> {
  return callJson('health/live', { limitMs: 2_000 }).then(
    () => true,
    () => false,
  );
}

/** What `readPages` has read. */
export interface Pages<T> {
  pages: T[];
  hasMore: boolean;
}

/** Reads the first `count` pages of a list. @throws ApiError; the signal's reason */
export async function readPages<T extends { next: string | null }>(
  path: string,
  query: Record<string, string>,
  count: number,
  signal: AbortSignal,
): Promise<Pages<T>> {
  const pages: T[] = [];
  let cursor: string | null = null;
  do {
    const parameters = new URLSearchParams({ ...query, ...(cursor === null ? {} : { cursor }) });
    const page: T = await callJson<T>(`${path}?${parameters}`, { signal });
    pages.push(page);
    cursor = page.next;
  } while (cursor !== null && pages.length < count);
  return { pages, hasMore: cursor !== null };
}

/** In words why the embedding model made no vector of a chunk. */
export function describeRefusal({ cause }: Refusal): string {
  const { http_status: status, message } = cause;
  if (typeof status === 'number') return `the embedding model refuses its text with status ${status}`;
  return typeof message === 'string' ? message : 'the embedding model makes no vector of its text';
}
