import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { CallerSignal } from '../resilience/caller-signal.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { DeferredAnswers } from './deferred-answers.ts';
import { measureQuery } from './query-metrics.ts';
import { QueryService } from './query.service.ts';
import { querySchema, type QueryBody } from './query.schema.ts';
import { showAnswer, writeAnswerHeaders } from './response.ts';

/** `POST /query`: a question in, a cited answer out. */
@Controller('query')
export class QueryController {
  constructor(
    private readonly queries: QueryService,
    private readonly deferred: DeferredAnswers,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @HttpCode(200)
  async query(
    @Body({ schema: querySchema }) body: QueryBody,
    @CallerSignal() caller: AbortSignal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { query: text, top_k: topK, filter } = body;
    const question = { tenantId: DEFAULT_TENANT, text, topK, filter };
    const answering = this.queries.answer(question, caller);
    const measured = measureQuery(this.metrics, answering, () => reply.elapsedTime);
    const answer = body.defer
      ? await this.deferred.offer(question, measured, request.id, caller)
      : await measured;
    writeAnswerHeaders(reply, answer);
    return showAnswer(answer, body.include_metadata, request.id, reply.elapsedTime);
  }
}
