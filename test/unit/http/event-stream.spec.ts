import type { FastifyReply } from 'fastify';
import { sendEvents, type ServerSentEvent } from '../../../src/http/streams/event-stream.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

function send(events: AsyncGenerator<ServerSentEvent>) {
  const clock = new FakeClock();
  const sent = { isDestroyed: false, headers: {} };
  const reply = {
    headers: (headers: object) => Object.assign(sent.headers, headers),
    raw: { destroy: () => (sent.isDestroyed = true) },
  } as unknown as FastifyReply;
  const stream = sendEvents(reply, events, clock).getStream();
  return { clock, sent, stream };
}

async function* count(): AsyncGenerator<ServerSentEvent> {
  yield { id: 's.1', event: 'token', data: { text: 'a\nb' } };
  yield { data: '[DONE]' };
}

describe('server-sent events', () => {
  it('are written one a frame, with what they have', async () => {
    const { stream, clock, sent } = send(count());
    const frames = (await stream.toArray()) as Buffer[];
    expect(frames.join('')).toBe(
      ': waiting\n\nid: s.1\nevent: token\ndata: {"text":"a\\nb"}\n\ndata: [DONE]\n\n',
    );
    expect(sent).toEqual({
      isDestroyed: false,
      headers: { 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' },
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('have no line end within a line, whatever a reader takes for one', async () => {
    const text = 'one\u0085two\u2028three\u2029four\r\n\v\ffive';
    const events = async function* (): AsyncGenerator<ServerSentEvent> {
      yield { data: { text } };
    };
    const frames = (await send(events()).stream.toArray()) as Buffer[];
    const [comment, line, ...rest] = frames.join('').split(/[\n\r\v\f\u0085\u2028\u2029]+/);
    expect(comment).toBe(': waiting');
    expect(JSON.parse(line!.replace('data: ', ''))).toEqual({ text });
    expect(rest).toEqual(['']);
  });

  it('close the connection of a reader who takes nothing for a minute', async () => {
    const { stream, clock, sent } = send(count());
    stream.read(0);
    await clock.advance(59_999);
    expect(sent.isDestroyed).toBe(false);
    await clock.advance(1);
    expect(sent.isDestroyed).toBe(true);
    stream.destroy();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });
});
