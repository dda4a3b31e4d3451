import { Body, Controller, HttpCode, Post, Res, type StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { callerSignal } from '../http/requests/caller-signal.ts';
import { weighType } from '../http/weigh-type.ts';
import { completeEvent } from './answer-stream/complete-event.ts';
import { AnswerStreams } from './answer-stream/answer-streams.ts';
import type { Answer } from './answer/answer.ts';
import { readCaching } from './answer/caching.ts';
import type { Question } from './answer/question.ts';
import { toResponse, writeAnswerHeaders } from './answer/response.ts';
import { DeferredAnswerStore } from './deferred/deferred-answers.ts';
import { QueryMetrics } from './query-metrics.ts';
import { QueryService } from './query.service.ts';
import { querySchema, type QueryBody } from './query.schema.ts';

/** `POST /query`: answers a question with citations, in one response or as a stream. */
@Controller('query')
export class QueryController {
  constructor(
    private readonly queries: QueryService,
    private readonly streams: AnswerStreams,
    private readonly deferred: DeferredAnswerStore,
    private readonly metrics: QueryMetrics,
  ) {}

  @Post()
  @HttpCode(200)
  async query(
    @Body({ schema: querySchema }) body: QueryBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { text, top_k: topK, filter, conversation } = body;
    const { accept, 'cache-control': cacheControl } = reply.request.headers;
    const caching = readCaching(cacheControl);
    const question = { tenantId: DEFAULT_TENANT, text, topK, filter, caching, conversation };
    const caller = callerSignal(reply.raw);
    const complete = (answering: Promise<Answer>) => this.complete(answering, question, body, reply, caller);
    if (weighType(accept, 'text/event-stream') > 0)
      return this.stream(question, body, reply, caller, complete);
    const answer = await complete(this.queries.answer(question, caller));
    writeAnswerHeaders(reply, answer);
    return toResponse(answer, body.include_metadata, reply.request.id, reply.elapsedTime);
  }

  private stream(
    question: Question,
    body: QueryBody,
    reply: FastifyReply,
    caller: AbortSignal,
    complete: (answering: Promise<Answer>) => Promise<Answer>,
  ): Promise<StreamableFile> {
    const stream = this.streams.start(this.queries.open(question), question, {
      policy: body.stream_policy,
      isResumable: body.resumable,
      requestId: reply.request.id,
      withMetadata: body.include_metadata,
      elapsedMs: () => reply.elapsedTime,
      finish: (event) => completeEvent(event, complete),
    });
    return this.streams.send(reply, stream, caller);
  }

  /** Defers a question without an answer by a model, when that was asked for, and measures it. */
  private complete(
    answering: Promise<Answer>,
    question: Question,
    body: QueryBody,
    reply: FastifyReply,
    caller: AbortSignal,
  ): Promise<Answer> {
    const answered = body.defer
      ? this.deferred.orDefer(question, answering, reply.request.id, caller)
      : answering;
    return this.metrics.measure(answered, () => reply.elapsedTime);
  }
}
