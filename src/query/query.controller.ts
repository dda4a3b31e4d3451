import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { callerSignal } from '../http/caller-signal.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Answer } from './answer/answer.ts';
import { DeferredAnswerStore } from './deferred/deferred-answers.ts';
import { measureQuery } from './query-metrics.ts';
import { QueryService } from './query.service.ts';
import type { Question } from './answer/question.ts';
import { querySchema, type QueryBody } from './query.schema.ts';
import { toResponse, writeAnswerHeaders } from './answer/response.ts';

/** `POST /query`: a question in, a cited answer out. */
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
    const given = this.queries.peek(question) ?? this.ask(question, body.defer, reply);
    const answer = await measureQuery(this.metrics, given, () => reply.elapsedTime);
    writeAnswerHeaders(reply, answer);
    return toResponse(answer, body.include_metadata, reply.request.id, reply.elapsedTime);
  }

  private ask(question: Question, defer: boolean, reply: FastifyReply): Promise<Answer> {
    const caller = callerSignal(reply.raw);
    const answering = this.queries.answer(question, caller);
    return defer ? this.deferred.orDefer(question, answering, reply.request.id, caller) : answering;
  }
}
