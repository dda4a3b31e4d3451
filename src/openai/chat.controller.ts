import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { callerSignal } from '../http/caller-signal.ts';
import { baseUrlOf } from '../query/passages/source-url.ts';
import type { Question } from '../query/answer/question.ts';
import { writeAnswerHeaders } from '../query/answer/response.ts';
import { measureQuery } from '../query/query-metrics.ts';
import { QueryService } from '../query/query.service.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { chatSchema, type ChatBody } from './chat.schema.ts';
import { toCompletion, toLinkHeader, type CompletionContext } from './completion.ts';
import { DegradedAnswers } from './degraded-answers.ts';
import { policyOf } from './models.ts';

/** `POST /v1/chat/completions`: answers a question as OpenAI's API does. */
@Controller('v1/chat/completions')
export class ChatController {
  constructor(
    private readonly queries: QueryService,
    private readonly degraded: DegradedAnswers,
    private readonly metrics: Metrics,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  async complete(
    @Body({ schema: chatSchema }) body: ChatBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    policyOf(body.model);
    const context = this.contextOf(body, reply);
    const answering = this.queries.answer(toQuestion(body), callerSignal(reply.raw));
    const answer = await measureQuery(this.metrics, answering, () => reply.elapsedTime);
    if (answer.metadata.from_fallback && body.degraded) throw this.degraded.refuse(answer.metadata);
    writeAnswerHeaders(reply, answer);
    const links = toLinkHeader(answer.sources, context);
    if (links) void reply.header('Link', links);
    if (body.ignored.length > 0) void reply.header('X-Failsoft-Ignored', body.ignored.join(', '));
    return toCompletion(answer, context, reply.elapsedTime);
  }

  private contextOf(body: ChatBody, { request }: FastifyReply): CompletionContext {
    return {
      requestId: request.id,
      created: Math.floor(this.clock.wall() / 1_000),
      model: body.model,
      question: body.conversation.text,
      base: baseUrlOf(request, this.config.http.publicUrl),
      listsSources: body.sources === 'markdown',
    };
  }
}

function toQuestion({ conversation, top_k: topK, filter, sampling }: ChatBody): Question {
  const { text, history } = conversation;
  return {
    tenantId: DEFAULT_TENANT,
    text,
    topK,
    filter,
    sampling,
    ...(history.length > 0 && { conversation: { asked: text, history } }),
  };
}
