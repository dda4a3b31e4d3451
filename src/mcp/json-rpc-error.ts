import { z } from 'zod';
import type { AppError } from '../http/app-error.ts';
import { toErrorBody } from '../http/to-app-error.ts';

/** The codes of JSON-RPC 2.0, section 5.1, and the first of those that servers may define. */
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INTERNAL_ERROR = -32_603;
const SERVER_ERROR = -32_000;

/** An error of JSON-RPC. */
export const jsonRpcErrorSchema = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  error: z.object({
    code: z.int(),
    message: z.string(),
    data: z.unknown().optional().describe('The error as other routes write it'),
  }),
});

/** An error outside of every JSON-RPC call as the body of its response. `data` is the body that other routes have. */
export function toJsonRpcError(error: AppError, requestId: string): z.infer<typeof jsonRpcErrorSchema> {
  const data = toErrorBody(error, requestId);
  return { jsonrpc: '2.0', id: null, error: { code: codeOf(error), message: error.message, data } };
}

function codeOf({ code, options }: AppError): number {
  if (code === 'internal_error') return INTERNAL_ERROR;
  if (code !== 'invalid_request') return SERVER_ERROR;
  // A body that cannot be read has details.
  return options.details ? PARSE_ERROR : INVALID_REQUEST;
}
