import { z } from 'zod';
import { catalogue, type ErrorCode } from '../http/error-catalogue.ts';
import { jsonRpcErrorSchema } from '../mcp/json-rpc-error.ts';
import { openAiErrorSchema } from '../openai/openai-error.ts';
import { deferralSchema } from '../query/answer/answer.ts';
import { circuitStatusSchema } from '../resilience/guard/guard-snapshot.ts';
import type { ResponseHeader } from './headers.ts';
import type { ErrorFormat, Named } from './operation.ts';

const codes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

/** The errors that every route may answer with, whatever it does. */
export const EVERY_ROUTE: ErrorCode[] = [
  'invalid_request',
  'request_timeout',
  'expectation_failed',
  'headers_too_large',
  'internal_error',
];

/** The errors of routes that take a body. */
export const WITH_BODY: ErrorCode[] = [
  'payload_too_large',
  'unsupported_media_type',
  'too_many_requests',
  'overloaded',
];

/** The errors of routes that need the admin key. */
export const WITH_KEY: ErrorCode[] = ['unauthorized', 'too_many_requests'];

/** The headers of errors by their codes. */
const headersOf: Partial<Record<ErrorCode, ResponseHeader[]>> = {
  unauthorized: ['WWW-Authenticate'],
  too_many_requests: ['Retry-After'],
  overloaded: ['Retry-After'],
  service_unavailable: ['Retry-After'],
};

/** The body of every error outside of `/v1` and `/mcp`. */
export const errorSchema = z.object({
  error: z.enum(codes),
  message: z.string().describe('Safe to show to a user'),
  details: z
    .array(z.object({ path: z.string().describe('The place in the body'), message: z.string() }))
    .max(20)
    .optional()
    .describe('With `invalid_request`'),
  retry_after: z.int().optional().describe('As the header `Retry-After`'),
  circuit_status: circuitStatusSchema.optional().describe('With `service_unavailable`'),
  deferred: deferralSchema
    .nullable()
    .optional()
    .describe('With `service_unavailable`, for a question with `defer`'),
  drill: z.array(z.string()).optional().describe('The guards whose drills the request met'),
  request_id: z.string(),
});

/** The schemas of errors by their formats. */
export const errorSchemas: Record<ErrorFormat, Named> = {
  plain: { Error: errorSchema },
  openai: { OpenAiError: z.object({ error: openAiErrorSchema }) },
  json_rpc: { JsonRpcError: jsonRpcErrorSchema },
};

/** The headers of a response with one of these errors. */
export function errorHeaders(errors: ErrorCode[], format: ErrorFormat): ResponseHeader[] {
  const own = errors.flatMap((code) => headersOf[code] ?? []);
  const isUnavailable = errors.some((code) => catalogue[code].status === 503);
  return [...new Set([...own, ...(format === 'openai' && isUnavailable ? ['X-Should-Retry' as const] : [])])];
}

const REQUEST_ID = '95126b79-49cc-40e2-a8d8-093efdec2cdc';
const RETRY_SECONDS = 33;
const FAULT = { path: 'query', message: 'must not be empty' };

/** The body of an error, as an example. */
export function exampleError(code: ErrorCode, format: ErrorFormat): object {
  const { status, message } = catalogue[code];
  if (format === 'openai') {
    const type =
      status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error';
    return { error: { message, type, param: code === 'model_not_found' ? 'model' : null, code } };
  }
  const body = {
    error: code,
    message,
    ...(code === 'invalid_request' && { details: [FAULT] }),
    ...(headersOf[code]?.includes('Retry-After') && { retry_after: RETRY_SECONDS }),
    request_id: REQUEST_ID,
  };
  if (format === 'plain') return body;
  const number = code === 'invalid_request' ? -32_700 : code === 'internal_error' ? -32_603 : -32_000;
  return { jsonrpc: '2.0', id: null, error: { code: number, message, data: body } };
}
