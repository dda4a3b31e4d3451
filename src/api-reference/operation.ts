import type { z } from 'zod';
import type { ErrorCode } from '../http/error-catalogue.ts';
import type { RequestHeader, ResponseHeader } from './headers.ts';

/** A schema by its name among the components of the document. */
export type Named = Record<string, z.ZodType>;

/** A response: its content by media type. What is not JSON is text; its schema is that of the data of one event. */
export interface ResponseEntry {
  description: string;
  headers?: ResponseHeader[];
  content?: Record<string, Named>;
}

/** A request, the status of its response and the response's body. */
export interface ExampleEntry {
  summary: string;
  /** The values of parameters by their names. */
  parameters?: Record<string, string>;
  body?: unknown;
  status: number;
  /** The media type of the response, `application/json` by default. */
  type?: string;
  /** Left out where there is no body. */
  response?: unknown;
}

/** What one route does. Every method but GET can be refused for its body, and every route for what `EVERY_ROUTE` lists. */
export interface OperationEntry {
  /** The name of the function in generated clients. */
  id: string;
  summary: string;
  description?: string;
  /** What the parameters of the path mean, by their names. */
  path?: Record<string, string>;
  query?: z.ZodObject;
  headers?: RequestHeader[];
  body?: { schema: z.ZodType; isOptional?: boolean; type?: string };
  responses: Record<number, ResponseEntry>;
  /** The codes of the errors that not every route has. */
  errors?: ErrorCode[];
  /** By name; at least one for each response. */
  examples: Record<string, ExampleEntry>;
}

/** How a protocol writes its errors. */
export type ErrorFormat = 'plain' | 'openai' | 'json_rpc';

/** Routes that belong together, by method and path: `GET /documents/{id}`. */
export interface OperationGroup {
  name: string;
  description: string;
  errorFormat?: ErrorFormat;
  /** Whether the routes need the admin key. */
  isAdmin?: boolean;
  operations: Record<string, OperationEntry>;
}

/** A response of JSON. */
export function json(schema: Named, description: string, headers: ResponseHeader[] = []): ResponseEntry {
  return { description, headers, content: { 'application/json': schema } };
}

/** Server-sent events as the text of a response. Each has an id, a name and data where they are given. */
export function toEventText(events: { id?: string; event?: string; data: unknown }[]): string {
  const frames = events.map(({ id, event, data }) => {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    return `${id ? `id: ${id}\n` : ''}${event ? `event: ${event}\n` : ''}data: ${text}\n\n`;
  });
  return `: waiting\n\n${frames.join('')}`;
}
