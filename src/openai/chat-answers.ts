import { Inject, Injectable, type StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CallerGoneError, callerSignal } from '../http/requests/caller-signal.ts';
import { sendEvents, type ServerSentEvent } from '../http/streams/event-stream.ts';
import type { Answer, Source } from '../query/answer/answer.ts';
import type { Question } from '../query/answer/question.ts';
import { writeAnswerHeaders } from '../query/answer/response.ts';
import type { AnswerEvent, StreamPolicy } from '../query/answer-stream/answer-event.ts';
import { completeEvent } from '../query/answer-stream/complete-event.ts';
import { AnswerStreams } from '../query/answer-stream/answer-streams.ts';
import { QueryMetrics } from '../query/query-metrics.ts';
import { QueryService } from '../query/query.service.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { ChunkWriter } from './chunks.ts';
import { toCompletion, toLinkHeader, type CompletionContext } from './completion.ts';
import { DegradedAnswers } from './degraded-answers.ts';

/** A question by OpenAI's API, and how its answer is wanted. */
export interface ChatCall {
  question: Question;
  context: CompletionContext;
  policy: StreamPolicy;
  /** Whether an error is wanted in place of a degraded answer. */
  refusesDegraded: boolean;
  /** Whether a stream ends with its usage. */
  includeUsage: boolean;
}

/** Answers questions by OpenAI's API. */
@Injectable()
export class ChatAnswers {
  constructor(
    private readonly queries: QueryService,
    private readonly streams: AnswerStreams,
    private readonly degraded: DegradedAnswers,
    private readonly metrics: QueryMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The body of a whole completion.
   * @throws what QueryService.answer throws; AppError `service_unavailable` or `content_filter` in place of a degraded answer
   */
  async complete({ question, context, refusesDegraded }: ChatCall, reply: FastifyReply) {
    const answer = await this.measure(this.queries.answer(question, callerSignal(reply.raw)), reply);
    if (refusesDegraded && answer.metadata.from_fallback) throw this.degraded.refuse(answer.metadata);
    writeAnswerHeaders(reply, answer);
    writeLinks(reply, answer.sources, context);
    return toCompletion(answer, context, reply.elapsedTime);
  }

  /**
   * A completion as a stream of chunks. The response begins with the first event of the answer, and for a caller who refuses
   * degraded answers with the first text, when it is known whose it is.
   * @throws as `complete`, as long as an HTTP status can tell it
   */
  async stream(call: ChatCall, reply: FastifyReply): Promise<StreamableFile> {
    const { question, policy, context, includeUsage } = call;
    const elapsedMs = () => reply.elapsedTime;
    const stream = this.streams.start(this.queries.open(question), question, {
      policy,
      isResumable: false,
      requestId: context.requestId,
      withMetadata: true,
      elapsedMs,
      finish: (event) => completeEvent(event, (answering) => this.measure(answering, reply)),
    });
    const events = this.streams.read(stream, 0, callerSignal(reply.raw));
    try {
      const first = await this.readFirst(events, call.refusesDegraded);
      if (first[0]?.type === 'sources') writeLinks(reply, first[0].sources, context);
      const writer = new ChunkWriter(context, { includeUsage, elapsedMs });
      return sendEvents(reply, write(first, events, writer), this.clock);
    } catch (error) {
      await events.return(undefined);
      throw error;
    }
  }

  private async readFirst(
    events: AsyncGenerator<AnswerEvent, void>,
    refusesDegraded: boolean,
  ): Promise<AnswerEvent[]> {
    const first: AnswerEvent[] = [];
    for (;;) {
      const { value: event } = await events.next();
      if (!event) throw new CallerGoneError();
      if (event.type === 'error') throw event.error;
      first.push(event);
      if (!refusesDegraded) return first;
      if (event.type === 'done') {
        // Read to its end, a degraded answer lets a late model go on for the cache.
        if (event.answer.metadata.from_fallback) throw this.degraded.refuse(event.answer.metadata);
        return first;
      }
      if (event.type === 'token' && !first.some(isDegraded)) return first;
    }
  }

  private measure(answering: Promise<Answer>, reply: FastifyReply): Promise<Answer> {
    return this.metrics.measure(answering, () => reply.elapsedTime);
  }
}

async function* write(
  first: AnswerEvent[],
  events: AsyncGenerator<AnswerEvent>,
  writer: ChunkWriter,
): AsyncGenerator<ServerSentEvent> {
  try {
    for (const event of first) yield* writer.write(event);
    for await (const event of events) yield* writer.write(event);
  } finally {
    await events.return(undefined);
  }
}

function writeLinks(reply: FastifyReply, sources: Source[], context: CompletionContext): void {
  const links = toLinkHeader(sources, context);
  if (links !== '') void reply.header('Link', links);
}

function isDegraded(event: AnswerEvent): boolean {
  return event.type === 'notice' && event.fallback_source !== null;
}
