import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { requestRaw } from '../../support/service/raw-request.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const MIB = 1_048_576;
const LARGEST = 20 * MIB;

/** An upload that has begun and does not go on. */
interface HeldUpload {
  socket: Socket;
  /** What came back so far. */
  response: () => string;
}

async function hold(url: string, headers: Record<string, string> = {}): Promise<HeldUpload> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  let response = '';
  socket.on('data', (bytes) => (response += String(bytes))).on('error', () => undefined);
  const lines = Object.entries({
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(LARGEST),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /documents HTTP/1.1\r\n${lines.join('')}\r\n{"documents":[`);
  return { socket, response: () => response };
}

/** The parsed head and body of a response that is complete. */
function read(response: string): { status: number; retryAfter: string | undefined; body: unknown } {
  const [head = '', body = ''] = response.split('\r\n\r\n');
  return {
    status: Number(head.split(' ')[1]),
    retryAfter: /^retry-after: (\d+)\r?$/im.exec(head)?.[1],
    body: JSON.parse(body) as unknown,
  };
}

describe('uploads that are held open', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ TRUSTED_PROXIES: 'loopback' });
  });

  afterAll(() => service.close());

  it('take the memory of three largest bodies for each caller and of six in all, and keep no question out', async () => {
    const callers = ['192.0.2.1', '2001:db8::1', '198.51.100.7'];
    const held: HeldUpload[] = [];
    const refused: HeldUpload[] = [];
    for (const caller of callers) {
      const uploads = await Promise.all(
        Array.from({ length: 5 }, () => hold(service.url, { 'X-Forwarded-For': caller })),
      );
      await until(
        'the uploads beyond the limits are refused',
        () => uploads.filter(({ response }) => response() !== '').length >= (held.length < 6 ? 2 : 5),
      );
      held.push(...uploads.filter(({ response }) => response() === ''));
      refused.push(...uploads.filter(({ response }) => response() !== ''));
    }
    expect(held).toHaveLength(6);
    const answers = refused.map(({ response }) => read(response()));
    expect(answers.map(({ status, retryAfter }) => [status, retryAfter])).toEqual([
      ...Array.from({ length: 4 }, () => [429, '5']),
      ...Array.from({ length: 5 }, () => [503, '5']),
    ]);
    expect(answers[0]?.body).toEqual({
      error: 'too_many_requests',
      message: expect.any(String),
      retry_after: 5,
      request_id: expect.any(String),
    });
    expect(answers[8]?.body).toMatchObject({ error: 'overloaded', retry_after: 5 });
    expect((await service.query('What?')).status).toBe(200);

    for (const { socket } of [...held, ...refused]) socket.destroy();
    await until('the memory is free again', async () => {
      const upload = await hold(service.url);
      const { status } = await requestRaw(service.url, { path: '/health/live' });
      upload.socket.destroy();
      return status === 200 && upload.response() === '';
    });
    const text = 'a word '.repeat(100_000);
    expect(await service.ingest([{ id: 'large', text, format: 'text' }])).toMatchObject([{ id: 'large' }]);
  });

  it('count as one caller when they come from one network of IPv6', async () => {
    const addresses = ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2:3::', '2001:db8:1:2:ffff::9'];
    const uploads: HeldUpload[] = [];
    for (const address of addresses) uploads.push(await hold(service.url, { 'X-Forwarded-For': address }));
    await until('one is refused', () => uploads.some(({ response }) => response() !== ''));
    expect(uploads.filter(({ response }) => response().includes(' 429 '))).toHaveLength(1);
    for (const { socket } of uploads) socket.destroy();
  });

  it('are refused with a response that arrives although the body is still being sent', async () => {
    const body = JSON.stringify({ documents: [{ text: 'x'.repeat(21 * MIB) }] });
    for (const connection of ['close', 'keep-alive']) {
      const headers = { 'content-type': 'application/json', connection };
      const options = { method: 'POST', path: '/documents', headers, body };
      expect(await requestRaw(service.url, options)).toMatchObject({
        status: 413,
        body: { error: 'payload_too_large' },
      });
    }
  });
});

describe('an upload that stalls', () => {
  it('is answered with a 408 after twenty seconds, and the connection is closed', async () => {
    const clock = new FakeClock();
    const service = await startService({}, clock);
    const begun = once(service.app.getHttpServer(), 'request');
    const { socket, response } = await hold(service.url);
    await begun;
    await until('the rate is watched', () => clock.isDueIn(20_000));
    await clock.advance(20_000);
    await until('the rest is awaited', () => clock.isDueIn(2_000));
    const closed = once(socket, 'close');
    await clock.advance(2_000);
    await closed;
    expect(read(response())).toMatchObject({ status: 408, body: { error: 'request_timeout' } });
    expect(response()).toMatch(/^connection: close\r$/im);
    await service.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
