import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Answer } from '../src/query/answer/answer.ts';

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
  format?: string;
  metadata?: Record<string, string | number>;
}

const LIMIT_MS = 120_000;

const agent = new Agent({ keepAlive: true });

/**
 * Sends a JSON body, or without one asks for the path; no status is an error. Not by `fetch`, whose own time would count as
 * the service's.
 */
export async function send<Body>(
  url: string,
  body: object | undefined,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Reply<Body>> {
  const startedAt = performance.now();
  const asking = request(url, {
    agent,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    method: body ? 'POST' : 'GET',
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
  });
  asking.end(body && JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const parsed = JSON.parse(await text(response)) as Body;
  const ms = performance.now() - startedAt;
  return {
    status: response.statusCode ?? 0,
    headers: new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
    body: parsed,
    ms,
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

/** Processor time that a service has taken so far, in seconds. @throws when it does not tell */
export function cpuSeconds(url: string): Promise<number> {
  return readMetric(url, 'process_cpu_seconds_total');
}

/** Resident memory of a service at this moment, in bytes. @throws when it does not tell */
export function residentBytes(url: string): Promise<number> {
  return readMetric(url, 'process_resident_memory_bytes');
}

async function readMetric(url: string, name: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? ([\\d.e+-]+)`, 'm').exec(metrics)?.[1];
  if (value === undefined) throw new Error(`the server does not tell ${name}`);
  return Number(value);
}
