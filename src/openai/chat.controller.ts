import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { readCaching } from '../query/answer/caching.ts';
import type { Question } from '../query/answer/question.ts';
import { baseUrlOf } from '../query/passages/source-url.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { ChatAnswers } from './chat-answers.ts';
import { chatSchema, type ChatBody } from './chat.schema.ts';
import type { CompletionContext } from './completion.ts';
import { policyOf } from './models.ts';

/** `POST /v1/chat/completions`: answers a question as OpenAI's API does, in one response or as a stream. */
@Controller('v1/chat/completions')
export class ChatController {
  constructor(
    private readonly answers: ChatAnswers,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  complete(@Body({ schema: chatSchema }) body: ChatBody, @Res({ passthrough: true }) reply: FastifyReply) {
    const { model, ignored, degraded, includeUsage, stream } = body;
    const call = {
      policy: policyOf(model),
      question: toQuestion(body, reply.request.headers['cache-control']),
      context: this.contextOf(body, reply),
      refusesDegraded: degraded === 'refuse',
      includeUsage,
    };
    if (ignored.length > 0) void reply.header('X-Failsoft-Ignored', ignored.join(', '));
    return stream ? this.answers.stream(call, reply) : this.answers.complete(call, reply);
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

function toQuestion(
  { conversation, top_k: topK, filter, sampling }: ChatBody,
  cacheControl: string | undefined,
): Question {
  const { text, history } = conversation;
  return {
    tenantId: DEFAULT_TENANT,
    text,
    topK,
    filter,
    sampling,
    caching: readCaching(cacheControl),
    conversation: { asked: text, history },
  };
}
