import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { answerMetadataSchema, sourceSchema, type Answer } from './answer.ts';

/** The metadata of an answer in a response. */
export const responseMetadataSchema = answerMetadataSchema.extend({
  request_id: z.string(),
  duration_ms: z.number().describe('How long the request took'),
});

/** The body of a response with an answer. */
export const answerResponseSchema = z.object({
  answer: z.string().describe('The answer, with citations such as `[1]`'),
  sources: z.array(sourceSchema).describe('The passages that the answer cites by number'),
  metadata: responseMetadataSchema.nullable().describe('Null when `include_metadata` is false'),
});

/** Converts an answer to the response body. */
export function toResponse(
  answer: Answer,
  withMetadata: boolean,
  requestId: string,
  durationMs: number,
): z.infer<typeof answerResponseSchema> {
  const metadata = withMetadata
    ? { ...answer.metadata, request_id: requestId, duration_ms: Number(durationMs.toFixed(1)) }
    : null;
  return { answer: answer.answer, sources: answer.sources, metadata };
}

/** Sets the response headers: cache status (RFC 9211), age, timings and fallback. */
export function writeAnswerHeaders(
  reply: FastifyReply,
  { metadata, isStored, ageSeconds, timings }: Answer,
): void {
  const miss = isStored ? 'failsoft; fwd=miss; stored' : 'failsoft; fwd=miss';
  void reply.header('Cache-Status', metadata.from_cache ? 'failsoft; hit' : miss);
  if (ageSeconds !== undefined) void reply.header('Age', ageSeconds);
  const steps = Object.entries(timings ?? {}).map(([step, ms]) => `${step};dur=${ms.toFixed(1)}`);
  if (steps.length > 0) void reply.header('Server-Timing', steps.join(', '));
  if (metadata.fallback_source) void reply.header('X-Fallback-Source', metadata.fallback_source);
  if (metadata.fallback_reason) void reply.header('X-Fallback-Reason', metadata.fallback_reason);
}
