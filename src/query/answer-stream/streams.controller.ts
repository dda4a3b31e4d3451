import { Controller, Delete, Get, Headers, HttpCode, Inject, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AppError } from '../../http/app-error.ts';
import { CallerSignal } from '../../http/requests/caller-signal.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { sendEvents, type ServerSentEvent } from '../../http/streams/event-stream.ts';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { toResponse } from '../answer/response.ts';
import type { AnswerEvent } from './answer-event.ts';
import { AnswerStreams } from './answer-streams.ts';

/** `GET /streams/:id` goes on with a resumable stream; `DELETE /streams/:id` stops one. */
@Controller('streams')
export class StreamsController {
  constructor(
    private readonly streams: AnswerStreams,
    private readonly answers: AnswerCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get(':id')
  async resume(
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CallerSignal() caller: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const after = readNumber(id, lastEventId);
    const stream = await this.streams.find(id, caller);
    if (!stream)
      return sendEvents(reply, await this.restore(id, after, reply.request.id, caller), this.clock);
    if (after > stream.lastNumber) throw wrongId('is of an event that was not sent');
    // A browser's EventSource connects again after every response but this one.
    if (stream.endsAt(after)) return void reply.status(204);
    return this.streams.resume(reply, stream, after, caller);
  }

  @Delete(':id')
  @HttpCode(204)
  stop(@Param('id') id: string): void {
    if (!this.streams.stop(id)) throw new AppError('not_found');
  }

  /** The end of a stream whose events are gone, from the answer cache. @throws AppError `not_found` */
  private async restore(
    id: string,
    after: number,
    requestId: string,
    caller: AbortSignal,
  ): Promise<AsyncGenerator<ServerSentEvent>> {
    const question = await this.streams.findQuestion(id, caller);
    const cached = question && (await this.answers.lookup(question, false, caller));
    const answer = cached?.fresh ?? cached?.stale;
    if (!answer) throw new AppError('not_found');
    const event: AnswerEvent['type'] = 'done';
    const data = toResponse(answer, true, requestId, 0);
    return (async function* () {
      yield { id: `${id}.${after + 1}`, event, data };
    })();
  }
}

/** @throws AppError `invalid_request` for an id that is none of the stream's */
function readNumber(id: string, lastEventId: string | undefined): number {
  if (lastEventId === undefined) return 0;
  const [, stream, number] = /^(.{1,100})\.(\d{1,9})$/.exec(lastEventId) ?? [];
  if (stream !== id) throw wrongId(`must be an id of this stream, such as ${id.slice(0, 40)}.7`);
  return Number(number);
}

function wrongId(message: string): AppError {
  return new AppError('invalid_request', { details: [{ path: 'Last-Event-ID', message }] });
}
