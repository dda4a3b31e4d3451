import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type StreamableFile,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { z } from 'zod';
import { hasDeleted, type Cache } from '../../cache/cache.ts';
import { Caches } from '../../cache/caches.ts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { AppError } from '../../http/app-error.ts';
import { sendEvents, type ServerSentEvent } from '../../http/streams/event-stream.ts';
import { logInternalError } from '../../http/to-app-error.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { turnSchema } from '../conversation/messages.ts';
import { withoutTurns, type Question } from '../answer/question.ts';
import type { AnswerEvent } from './answer-event.ts';
import { AnswerStream, type StreamOptions } from './answer-stream.ts';
import type { AnswerLease } from './answers-in-progress.ts';

/** The most streams that may be resumed, and their bytes. Beyond, the one used longest ago can no longer be resumed. */
const MOST_KEPT = { streams: 1_000, bytes: 64 * 1024 * 1024 };
/** How long streams may go on at a shutdown. Raised, the process ends later. */
const SHUTDOWN_LIMIT_MS = 10_000;

const questionSchema = z.object({
  tenantId: z.string(),
  text: z.string(),
  topK: z.number(),
  filter: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  conversation: z.object({ asked: z.string(), history: z.array(turnSchema).max(0) }).optional(),
});

/** The streams that are read now, and those that may be resumed. */
@Injectable()
export class AnswerStreams implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly open = new Map<string, AnswerStream>();
  private readonly resumable: LRUCache<string, AnswerStream>;
  /** The questions of resumable streams, for an instance that does not have their events. */
  private readonly questions: Cache<Question>;
  private readonly keepMs: number;
  private cancelLimit: () => void = () => undefined;

  constructor(
    caches: Caches,
    @Inject(APP_CONFIG) config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    metrics.watch('failsoft_open_streams', () => [{ labels: {}, value: this.open.size }]);
    this.questions = caches.create('streams', questionSchema);
    this.keepMs = config.cache.ttlSeconds * 1_000;
    this.resumable = new LRUCache({
      max: MOST_KEPT.streams,
      maxSize: MOST_KEPT.bytes,
      sizeCalculation: ({ bytes }) => bytes,
      ttl: config.streamResumeMs,
      perf: clock,
      noDisposeOnSet: true,
      dispose: (stream) => stream.close(),
    });
  }

  /** Streams go on for ten seconds; then each ends with an error. */
  beforeApplicationShutdown(): void {
    const stop = () => {
      for (const stream of this.open.values()) stream.stop(new AppError('overloaded'));
    };
    this.cancelLimit = this.clock.setTimer(stop, SHUTDOWN_LIMIT_MS);
  }

  onApplicationShutdown(): void {
    this.cancelLimit();
    this.resumable.clear();
  }

  /** Starts a stream of an answer. */
  start(lease: AnswerLease, question: Question, options: StreamOptions): AnswerStream {
    const stream = new AnswerStream(randomUUID(), lease, options);
    if (!options.isResumable) return stream;
    this.resumable.set(stream.id, stream);
    if (question.caching !== 'no-store')
      void this.questions.set(stream.id, withoutTurns(question), this.keepMs);
    return stream;
  }

  /**
   * Sends the events of a new stream. The response begins with the first one.
   * @throws the error with which the stream begins, as long as an HTTP status can tell it
   */
  async send(reply: FastifyReply, stream: AnswerStream, caller: AbortSignal): Promise<StreamableFile> {
    const events = this.read(stream, 0, caller);
    const first = await events.next();
    if (first.done) throw caller.reason;
    const event = first.value;
    if (event.type !== 'error') return this.respond(reply, stream, 0, events, event);
    await events.return(undefined);
    throw event.error;
  }

  /** Sends the events of a stream behind number `after`, those to come too. */
  resume(reply: FastifyReply, stream: AnswerStream, after: number, caller: AbortSignal): StreamableFile {
    return this.respond(reply, stream, after, this.read(stream, after, caller));
  }

  private respond(
    reply: FastifyReply,
    stream: AnswerStream,
    after: number,
    events: AsyncGenerator<AnswerEvent>,
    first?: AnswerEvent,
  ): StreamableFile {
    void reply.header('X-Stream-Id', stream.id);
    return sendEvents(reply, this.encode(stream, after, events, first), this.clock);
  }

  /** The events of a stream behind number `after`, as they come. It can be stopped meanwhile; see `AnswerStream.read`. */
  async *read(stream: AnswerStream, after: number, caller: AbortSignal): AsyncGenerator<AnswerEvent> {
    this.open.set(stream.id, stream);
    try {
      for await (const event of stream.read(after, caller)) {
        if (event.type === 'error') logInternalError(this.logger, event.error);
        yield event;
      }
    } finally {
      if (!stream.isRead) this.open.delete(stream.id);
      // Counts the time anew, and the size of what came meanwhile.
      if (stream.isResumable) this.resumable.set(stream.id, stream);
    }
  }

  private async *encode(
    stream: AnswerStream,
    after: number,
    events: AsyncGenerator<AnswerEvent>,
    first?: AnswerEvent,
  ): AsyncGenerator<ServerSentEvent> {
    try {
      yield* stream.encode(withFirst(first, events), after);
    } finally {
      await events.return(undefined);
    }
  }

  /** A stream that can be resumed: none of a document deleted since. @throws the signal's reason */
  async find(id: string, signal: AbortSignal): Promise<AnswerStream | undefined> {
    const stream = this.resumable.get(id);
    if (!stream) return undefined;
    if (await stream.citesDeleted(signal)) this.resumable.delete(id);
    return stream.isResumable ? stream : undefined;
  }

  /** Lets nobody come back to streams of deleted documents. @param deletions see `Cache.purge` */
  purge(deletions: ReadonlyMap<string, number>): void {
    for (const [id, stream] of Array.from(this.resumable.entries()))
      if (hasDeleted(stream.origin, deletions)) this.resumable.delete(id);
  }

  /** The question of a stream whose events are gone, or were made by another instance. @throws the signal's reason */
  findQuestion(id: string, signal: AbortSignal): Promise<Question | undefined> {
    return this.questions.get(id, { signal });
  }

  /** Stops a stream; false when there is none. */
  stop(id: string): boolean {
    const stream = this.open.get(id) ?? this.resumable.get(id);
    this.resumable.delete(id);
    stream?.stop(new AppError('stopped'));
    return stream !== undefined;
  }
}

async function* withFirst<T>(first: T | undefined, others: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first !== undefined) yield first;
  yield* others;
}
