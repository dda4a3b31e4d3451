import { ADMIN_TOKEN } from '../service/admin.ts';
import type { DocumentSchemas } from './document-schemas.ts';
import type { Operation } from './operations.ts';

/** What is sent to a route. Parameters that the route does not take are left out. */
export interface SentRequest {
  parameters: Record<string, string>;
  body?: unknown;
  accept?: string | undefined;
}

/** Sends a request to a route, with the admin key where the route needs it. */
export function send(url: string, operation: Operation, request: SentRequest): Promise<Response> {
  const { method, isAdmin, parameters, body } = operation;
  const query = new URLSearchParams();
  const headers = new Headers(isAdmin ? { authorization: `Bearer ${ADMIN_TOKEN}` } : {});
  let { path } = operation;
  for (const { name, in: place } of parameters) {
    const value = request.parameters[name];
    if (value === undefined) continue;
    if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === 'query') query.set(name, value);
    else headers.set(name, value);
  }
  const [type = '', isSent] = [body?.[0], request.body !== undefined];
  if (isSent) headers.set('content-type', type);
  if (request.accept !== undefined) headers.set('accept', request.accept);
  const text = typeof request.body === 'string' && type !== 'application/json' ? request.body : undefined;
  return fetch(`${url}${path}?${query}`, {
    method,
    headers,
    body: isSent ? (text ?? JSON.stringify(request.body)) : null,
  });
}

/** Headers of the protocol, which no description of an API has. */
const TRANSPORT = new Set([
  'connection',
  'content-length',
  'content-type',
  'cross-origin-opener-policy',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** What a response has that the document does not say of its route, one line for each fault. */
export async function findFaults(
  schemas: DocumentSchemas,
  { responses }: Operation,
  response: Response,
): Promise<string[]> {
  const text = await response.text();
  const described = responses[response.status];
  if (!described) return [`status ${response.status}: ${text.slice(0, 300)}`];
  const known = new Set(Object.keys(described.headers ?? {}).map((name) => name.toLowerCase()));
  const headers = [...response.headers.keys()].filter((name) => !known.has(name) && !TRANSPORT.has(name));
  const faults = headers.map((name) => `${response.status} has the header ${name}`);
  const type = response.headers.get('content-type')?.split(';')[0];
  const media = described.content?.[type ?? ''];
  if (type === undefined || text === '')
    return described.content && text !== '' ? [...faults, 'there is no content type'] : faults;
  if (!media) return [...faults, `${response.status} has the type ${type}`];
  const items = type === 'application/json' ? [JSON.parse(text) as unknown] : readItems(type, text);
  const schema = media['x-item-schema'] ?? media.schema;
  return [...faults, ...items.flatMap((item) => schemas.findFaults(schema, item))];
}

/** The data of a stream's events, as `x-item-schema` describes them; another text as it is. */
export function readItems(type: string, text: string): unknown[] {
  if (type !== 'text/event-stream') return [text];
  const frames = text.split('\n\n').filter((frame) => frame !== '' && !frame.startsWith(':'));
  return frames.map((frame) => {
    const fields = frame.split('\n').map((line) => {
      const [, name = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
      return [name, value] as const;
    });
    const { id, event, data = '' } = Object.fromEntries(fields) as Record<string, string>;
    const parsed: unknown = data.startsWith('{') ? JSON.parse(data) : data;
    return id === undefined ? parsed : { id, event, data: parsed };
  });
}
