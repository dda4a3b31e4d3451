import { z } from 'zod';
import type { FastifyReply } from 'fastify';
import type { AppError } from '../http/app-error.ts';

/** An error as OpenAI's API writes it. */
export const openAiErrorSchema = z.object({
  message: z.string(),
  type: z.enum(['server_error', 'rate_limit_error', 'invalid_request_error']),
  param: z.string().nullable().describe('The field that is wrong, as `messages.0.content`'),
  code: z.string(),
  drill: z.array(z.string()).optional().describe('The guards whose drills the request met'),
});
export type OpenAiError = z.infer<typeof openAiErrorSchema>;

/** The `error` of a response or of a stream. */
export function describeError({ code, status, message, options, drill }: AppError): OpenAiError {
  const { details = [] } = options;
  const faults = details.map(({ path, message: fault }) => (path === '' ? fault : `${path}: ${fault}`));
  return {
    message: faults.length > 0 ? faults.join('; ') : message,
    type: typeOf(status),
    param: details[0]?.path || (code === 'model_not_found' ? 'model' : null),
    code,
    ...(drill && { drill }),
  };
}

function typeOf(status: number): OpenAiError['type'] {
  if (status >= 500) return 'server_error';
  return status === 429 ? 'rate_limit_error' : 'invalid_request_error';
}

/** The body of every error response below `/v1`. */
export function toOpenAiError(error: AppError, _: string, reply: FastifyReply): { error: OpenAiError } {
  // The client's own retries would meet the same open circuit.
  if (error.status === 503) void reply.header('X-Should-Retry', 'false');
  return { error: describeError(error) };
}
