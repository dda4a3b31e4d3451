import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { AppError } from '../../../src/http/app-error.ts';
import { readJsonStrictly } from '../../../src/http/body/json-body.ts';
import { callerSignal } from '../../../src/http/requests/caller-signal.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { until } from '../../support/until.ts';

const BODY = JSON.stringify({ text: 'x'.repeat(50_000) });
const LIMITS = { total: 200_000, perCaller: 120_000, reserve: 0, smallBytes: 10_000 };
/** Parses no body, as a thread that has many before it. */
const SCRIPT = new URL('data:text/javascript,setInterval(() => undefined, 1_000)');

describe('a body whose caller has gone', () => {
  let server: FastifyInstance;
  let clock: FakeClock;
  let arrived: number;

  beforeEach(async () => {
    clock = new FakeClock();
    arrived = 0;
    server = fastify();
    readJsonStrictly(server, {
      limits: LIMITS,
      clock,
      largeBodies: { '/': { maxBytes: 100_000, script: SCRIPT } },
    });
    server.setErrorHandler((error, _, reply) => {
      void reply.status(error instanceof AppError ? error.status : 500).send(String(error));
    });
    server.addHook('preParsing', (_, __, payload, done) => {
      payload.once('end', () => arrived++);
      done(null, payload);
    });
    server.post('/', () => ({}));
    await server.listen({ port: 0, host: '127.0.0.1' });
  });

  afterEach(() => server.close());

  async function post(): Promise<{ socket: Socket; response: () => string }> {
    const before = arrived;
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    let response = '';
    socket.on('data', (bytes) => (response += String(bytes)));
    socket.write(
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    );
    await until('the body is read', () => arrived > before);
    return { socket, response: () => response };
  }

  it('counts for the limits until its turn in the thread, and then for nothing', async () => {
    const parsing = await post();
    const gone = await post();
    const closed = once(gone.socket, 'close');
    gone.socket.destroy();
    await closed;
    const refused = await post();
    await until('it is refused', () => refused.response().startsWith('HTTP/1.1 429'));

    await clock.advance(30_000);
    await until('the first one takes too long', () => parsing.response().startsWith('HTTP/1.1 503'));
    const next = await post();
    await until('the next one is in the thread', () => clock.isDueIn(30_000));
    expect(next.response()).toBe('');
    for (const { socket } of [parsing, refused, next]) socket.destroy();
  });
});

describe('the signal of a caller', () => {
  it('has aborted when the caller has gone before anybody asked for it', async () => {
    const server = fastify();
    const { promise, resolve } = Promise.withResolvers<AbortSignal>();
    server.get('/', async (_, reply) => {
      if (!reply.raw.destroyed) await once(reply.raw, 'close');
      resolve(callerSignal(reply.raw));
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
    const begun = once(server.server, 'request');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await begun;
    socket.destroy();
    expect((await promise).reason).toMatchObject({ message: 'the caller closed the connection' });
    await server.close();
  });
});
