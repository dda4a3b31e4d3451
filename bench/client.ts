import type { Answer } from '../src/query/answer.ts';

/** A response, with the milliseconds until its last byte. */
export interface Reply<Body> {
  status: number;
  headers: Headers;
  body: Body;
  ms: number;
}

/** The body of `POST /query` when there is an answer. */
export interface AnswerBody extends Pick<Answer, 'answer' | 'sources'> {
  metadata: Answer['metadata'] | null;
}

/** A document as `POST /documents` takes it. */
export interface DocumentBody {
  id: string;
  title?: string;
  text: string;
  metadata?: Record<string, string | number>;
}

const LIMIT_MS = 120_000;

/** Sends a JSON body, or without one asks for the path; no status is an error. */
export async function send<Body>(
  url: string,
  body: object | undefined,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Reply<Body>> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
  });
  const parsed = (await response.json()) as Body;
  return {
    status: response.status,
    headers: response.headers,
    body: parsed,
    ms: performance.now() - startedAt,
  };
}

/** Asks a question. @throws when there is no answer */
export async function ask(url: string, query: string, signal: AbortSignal): Promise<Reply<AnswerBody>> {
  const reply = await send<AnswerBody>(`${url}/query`, { query }, signal);
  if (reply.status !== 200) throw new Error(`POST /query gave ${reply.status}`);
  return reply;
}

/** Stores documents. @throws when they are not all stored with their vectors */
export async function ingest(url: string, documents: DocumentBody[], signal: AbortSignal): Promise<void> {
  const reply = await send<{ documents: { embedding: string }[] }>(`${url}/documents`, { documents }, signal);
  if (reply.status !== 200) throw new Error(`POST /documents gave ${reply.status}`);
  if (reply.body.documents.some(({ embedding }) => embedding !== 'ready'))
    throw new Error('not every document has its vectors');
}
