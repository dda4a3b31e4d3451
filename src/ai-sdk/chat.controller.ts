import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { DEFAULT_TENANT } from '../config/tenant.ts';
import { callerSignal } from '../http/requests/caller-signal.ts';
import { completeEvent } from '../query/answer-stream/complete-event.ts';
import { AnswerStreams } from '../query/answer-stream/answer-streams.ts';
import { readCaching } from '../query/answer/caching.ts';
import type { Question } from '../query/answer/question.ts';
import { baseUrlOf } from '../query/passages/source-url.ts';
import { QueryMetrics } from '../query/query-metrics.ts';
import { QueryService } from '../query/query.service.ts';
import { chatQuerySchema, chatSchema, type ChatBody, type ChatQuery } from './chat.schema.ts';
import { ChatStreams } from './chat-streams.ts';
import { toUiMessageStream } from './ui-message-stream.ts';

/** What clients know the protocol and its version by. */
const STREAM_HEADER = 'X-Vercel-AI-UI-Message-Stream';

/** `POST /api/chat`: the UI message stream of `ai` 7, so that `useChat` works with its default transport. */
@Controller('api/chat')
export class ChatController {
  constructor(
    private readonly queries: QueryService,
    private readonly streams: AnswerStreams,
    private readonly chats: ChatStreams,
    private readonly metrics: QueryMetrics,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  @Post()
  @HttpCode(200)
  chat(
    @Body({ schema: chatSchema }) body: ChatBody,
    @Query({ schema: chatQuerySchema }) { reset: canReset }: ChatQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { id: chatId, resumable: isResumable } = body;
    const { headers, id: requestId } = reply.request;
    const question = toQuestion(body, headers['cache-control']);
    const baseUrl = baseUrlOf(reply.request, this.config.http.publicUrl);
    const stream = this.streams.start(this.queries.open(question), question, {
      policy: canReset ? 'live' : 'whole',
      isResumable,
      requestId,
      withMetadata: true,
      elapsedMs: () => reply.elapsedTime,
      finish: (event) =>
        completeEvent(event, (answering) => this.metrics.measure(answering, () => reply.elapsedTime)),
      encode: (events, { id: messageId }) =>
        toUiMessageStream(events, {
          messageId,
          baseUrl,
          canReset,
          metadataOf: async (answer) => (await stream.toResponse(answer)).metadata,
          onComplete: () => chatId !== undefined && this.chats.end(chatId, stream),
        }),
    });
    if (chatId !== undefined) this.chats.keep(chatId, stream);
    void reply.header(STREAM_HEADER, 'v1');
    return this.streams.send(reply, stream, callerSignal(reply.raw));
  }

  /** Goes on with the last stream of a chat, from its beginning: clients build the message anew. */
  @Get(':id/stream')
  async resume(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    const caller = callerSignal(reply.raw);
    const stream = await this.chats.find(id, caller);
    if (!stream) return void reply.status(204);
    void reply.header(STREAM_HEADER, 'v1');
    return this.streams.resume(reply, stream, 0, caller);
  }
}

function toQuestion(
  { conversation, isRepeated, top_k: topK, filter }: ChatBody,
  cacheControl: string | undefined,
): Question {
  const { text, history } = conversation;
  const caching = readCaching(cacheControl) ?? (isRepeated ? 'no-cache' : undefined);
  return { tenantId: DEFAULT_TENANT, text, topK, filter, conversation: { asked: text, history }, caching };
}
