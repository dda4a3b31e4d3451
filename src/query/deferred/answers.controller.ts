import { Controller, Get, Param, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { DEFAULT_TENANT } from '../../config/tenant.ts';
import { DatabaseOutageInterceptor } from '../../http/database-outage.interceptor.ts';
import { CallerSignal } from '../../http/requests/caller-signal.ts';
import { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import { DeferredAnswerStore } from './deferred-answers.ts';

/** The body of a response while the question waits. */
export const waitingSchema = z.object({
  id: z.string(),
  status: z.literal('waiting'),
  retry_after: z.int().describe('Seconds'),
});

/** Seconds in `Retry-After` while the answer is pending. */
const POLL_SECONDS = 5;

/** `GET /answers/:id`: the answer to a question that was deferred. */
@Controller('answers')
@UseInterceptors(DatabaseOutageInterceptor)
export class AnswersController {
  constructor(
    private readonly answers: DeferredAnswerStore,
    private readonly targets: GenerationTargets,
  ) {}

  @Get(':id')
  async find(
    @Param('id') id: string,
    @CallerSignal() caller: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const found = await this.answers.find(DEFAULT_TENANT, id, caller);
    if (found.state === 'answered') {
      void reply.header('Age', found.ageSeconds);
      return found.body;
    }
    const outageSeconds = this.targets.retryAfterMs / 1_000;
    const retryAfter = Math.ceil(Math.max(POLL_SECONDS, outageSeconds, found.waitSeconds));
    void reply.status(202).header('Retry-After', retryAfter);
    return { id, status: 'waiting', retry_after: retryAfter } satisfies z.infer<typeof waitingSchema>;
  }
}
