import type { ValueOrigin } from '../../cache/cache.ts';
import type { AppError } from '../../http/app-error.ts';
import { CallerGoneError } from '../../http/requests/caller-signal.ts';
import type { ServerSentEvent } from '../../http/streams/event-stream.ts';
import { toAppError, toErrorBody } from '../../http/to-app-error.ts';
import { followAbort } from '../../resilience/time/deadline.ts';
import type { Answer } from '../answer/answer.ts';
import { toResponse } from '../answer/response.ts';
import type { AnswerEvent, StreamPolicy } from './answer-event.ts';
import type { AnswerLease } from './answers-in-progress.ts';
import { readEvents } from './read-events.ts';

/** What a stream is read as. */
export interface StreamOptions {
  policy: StreamPolicy;
  /** Whether the answer goes on without a reader, who may come back. */
  isResumable: boolean;
  requestId: string;
  withMetadata: boolean;
  elapsedMs: () => number;
  /** Changes the last event, `done` or `error`, before a reader gets it. */
  finish: (event: AnswerEvent) => Promise<AnswerEvent>;
  /** Writes all events of the stream in the form of another protocol; without it they are those of `POST /query`. */
  encode?: (events: AsyncIterable<AnswerEvent>, stream: AnswerStream) => AsyncGenerator<ServerSentEvent>;
}

/** One answer as events with ids, for readers who come, go and come back. */
export class AnswerStream {
  /** The number of the last event that a reader got, counted from 1. */
  lastNumber = 0;
  private isOver = false;
  private readonly stopping = new AbortController();
  private readonly start: number;
  private last: Promise<{ event: AnswerEvent; durationMs: number }> | undefined;
  private readers = 0;

  constructor(
    readonly id: string,
    private readonly lease: AnswerLease,
    private readonly options: StreamOptions,
  ) {
    this.start = lease.progress.start;
  }

  get isResumable(): boolean {
    return this.options.isResumable && !this.isOver;
  }

  /** Whether somebody reads it. */
  get isRead(): boolean {
    return this.readers > 0;
  }

  /** Whether nothing comes behind number `after`: a reader got the last event, and it has this number. */
  endsAt(after: number): boolean {
    return this.last !== undefined && after === this.lastNumber;
  }

  /** The documents of its passages. */
  get origin(): ValueOrigin {
    return this.lease.progress.origin;
  }

  /** Whether a document of its passages was deleted since. @throws the signal's reason */
  citesDeleted(signal: AbortSignal): Promise<boolean> {
    return this.lease.citesDeleted(signal);
  }

  /** The bytes that its events take in memory, about. */
  get bytes(): number {
    return 2 * this.lease.progress.length + 8_192;
  }

  /** Ends the stream for all readers with an error, and the call to the model unless others read the same answer. */
  stop(reason: AppError): void {
    this.stopping.abort(reason);
    this.close();
  }

  /** Lets nobody come back. The answer ends with its last reader. */
  close(): void {
    this.isOver = true;
    if (this.readers === 0) this.lease.release();
  }

  /**
   * The events behind number `after`, waited for. The last one is `done` or `error`; none when the caller has gone before.
   * A stream that is not resumable is over without a reader.
   */
  async *read(after: number, caller: AbortSignal): AsyncGenerator<AnswerEvent> {
    const reading = new AbortController();
    const unfollow = [caller, this.stopping.signal].map((signal) => followAbort(reading, signal));
    const { policy } = this.options;
    let number = 0;
    this.readers++;
    try {
      const position = { policy, start: this.start };
      for await (const event of readEvents(this.lease.progress, position, reading.signal)) {
        if (event.type === 'done' && !this.lease.progress.isEnded) this.lease.keep();
        if (++number <= after) continue;
        this.lastNumber = Math.max(this.lastNumber, number);
        yield isLast(event) ? await this.finish(event) : event;
      }
    } catch (error) {
      if (error instanceof CallerGoneError) return;
      this.lastNumber = Math.max(this.lastNumber, number + 1);
      yield await this.finish({ type: 'error', error: toAppError(error) });
    } finally {
      for (const end of unfollow) end();
      this.readers--;
      if (!this.isResumable) this.close();
    }
  }

  /** The events of `read`, behind number `after`, as they are sent. */
  async *encode(events: AsyncIterable<AnswerEvent>, after: number): AsyncGenerator<ServerSentEvent> {
    if (this.options.encode) return yield* this.options.encode(events, this);
    let number = after;
    for await (const event of events)
      yield { id: `${this.id}.${++number}`, event: event.type, data: await this.toData(event) };
  }

  /** The body of a response with the answer of this stream. */
  async toResponse(answer: Answer): Promise<ReturnType<typeof toResponse>> {
    const { requestId, withMetadata } = this.options;
    return toResponse(answer, withMetadata, requestId, (await this.last)?.durationMs ?? 0);
  }

  private async toData(event: AnswerEvent): Promise<unknown> {
    if (event.type === 'error') return toErrorBody(event.error, this.options.requestId);
    if (event.type === 'done') return this.toResponse(event.answer);
    const { type: _, ...data } = event;
    return data;
  }

  private async finish(event: AnswerEvent): Promise<AnswerEvent> {
    const { finish, elapsedMs } = this.options;
    this.last ??= finish(event).then((last) => ({ event: last, durationMs: elapsedMs() }));
    return (await this.last).event;
  }
}

function isLast({ type }: AnswerEvent): boolean {
  return type === 'done' || type === 'error';
}
