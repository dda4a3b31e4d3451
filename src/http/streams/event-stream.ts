import { StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import type { Clock } from '../../resilience/time/clock.ts';

/** How long a stream may be without a byte. Raised, proxies that end quiet connections end more of them. */
const COMMENT_AFTER_MS = 10_000;
const COMMENT = ': waiting\n\n';
/** How long a reader may take nothing of what is there. Raised, readers who do not read hold connections for longer. */
const UNREAD_LIMIT_MS = 60_000;
/** Characters that JSON leaves as they are, and at which the readers of lines in some languages end a line. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** One server-sent event. `data` is sent as JSON, a text as it is. */
export interface ServerSentEvent {
  id?: string;
  event?: string;
  data: unknown;
}

/**
 * A response of server-sent events. The next event is read when the connection has taken the last one; while none comes, a
 * comment keeps proxies awake. Nothing is cached, buffered or compressed on the way.
 * @param events ends the response with its end; must end soon after the caller has gone
 */
export function sendEvents(
  reply: FastifyReply,
  events: AsyncIterator<ServerSentEvent>,
  clock: Clock,
): StreamableFile {
  void reply.headers({ 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' });
  const frames = Readable.from(limitReader(withComments(events, clock), reply, clock), {
    objectMode: true,
    highWaterMark: 1,
  });
  return new StreamableFile(frames, { type: 'text/event-stream; charset=utf-8' });
}

/** Closes the connection of a reader who does not read. */
async function* limitReader(
  frames: AsyncGenerator<string>,
  reply: FastifyReply,
  clock: Clock,
): AsyncGenerator<string> {
  for await (const frame of frames) {
    const cancel = clock.setTimer(() => reply.raw.destroy(), UNREAD_LIMIT_MS);
    try {
      yield frame;
    } finally {
      cancel();
    }
  }
}

async function* withComments(events: AsyncIterator<ServerSentEvent>, clock: Clock): AsyncGenerator<string> {
  try {
    // The header of the response is sent with its first byte.
    yield COMMENT;
    for (;;) {
      const next = events.next();
      let result = await orComment(next, clock);
      while (result === undefined) {
        yield COMMENT;
        result = await orComment(next, clock);
      }
      if (result.done) return;
      yield encode(result.value);
    }
  } finally {
    await events.return?.();
  }
}

/** The next event; undefined when a comment is due. */
async function orComment<T>(next: Promise<T>, clock: Clock): Promise<T | undefined> {
  const { promise: due, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.setTimer(() => resolve(undefined), COMMENT_AFTER_MS);
  try {
    return await Promise.race([next, due]);
  } finally {
    cancel();
  }
}

function encode({ id, event, data }: ServerSentEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data).replace(LINE_ENDS, toEscape);
  return `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
