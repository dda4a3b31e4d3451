import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { callerSignal } from '../http/caller-signal.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { DeferredAnswerStore } from './deferred/deferred-answers.ts';
import { measureQuery } from './query-metrics.ts';
import { QueryService } from './query.service.ts';
import { querySchema, type QueryBody } from './query.schema.ts';
import { toResponse, writeAnswerHeaders } from './answer/response.ts';

/** `POST /query`: answers a question with citations. */
@Controller('query')
export class QueryController {
  constructor(
    private readonly queries: QueryService,
    private readonly deferred: DeferredAnswerStore,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @HttpCode(200)
  async query(
    @Body({ schema: querySchema }) body: QueryBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { query: text, top_k: topK, filter } = body;
    const question = { tenantId: DEFAULT_TENANT, text, topK, filter };
    const caller = callerSignal(reply.raw);
    const answering = this.queries.answer(question, caller);
    const deferred = body.defer
      ? this.deferred.orDefer(question, answering, reply.request.id, caller)
      : answering;
    const answer = await measureQuery(this.metrics, deferred, () => reply.elapsedTime);
    writeAnswerHeaders(reply, answer);
    return toResponse(answer, body.include_metadata, reply.request.id, reply.elapsedTime);
  }
}
