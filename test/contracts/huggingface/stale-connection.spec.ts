import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkedFetch } from '../../../src/huggingface/checked-fetch.ts';
import { postJson } from '../../../src/huggingface/json-call.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const ANSWER =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nkeep-alive: timeout=60\r\ncontent-length: 2\r\n\r\n{}';

type End = (socket: Socket) => void;
const reset: End = (socket) => void socket.resetAndDestroy();
const close: End = (socket) => void socket.destroy();

/** A server that answers the first `perConnection` requests of each connection, and ends the connection at the next. */
async function serve(perConnection: number, end: End) {
  let requests = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let answered = 0;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (!data.includes('POST')) return;
      requests++;
      if (answered++ < perConnection) socket.write(ANSWER);
      else end(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const post = checkedFetch(fetch, new FakeClock());
  return {
    async call() {
      const { signal } = new AbortController();
      const answer = await postJson(post, { url, apiKey: undefined }, { text: 'x' }, signal);
      // The client takes a connection back after the turn in which its response has ended.
      await nextTurn();
      return answer;
    },
    seen: () => ({ requests, connections: sockets.length }),
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe.each([
  ['resets', reset],
  ['closes', close],
] as const)('a service that %s an idle connection as a request comes', (_, end) => {
  it('is called once more, on a new connection', async () => {
    const { call, seen, stop } = await serve(1, end);
    expect(await call()).toEqual({});
    expect(await call()).toEqual({});
    expect(seen()).toEqual({ requests: 3, connections: 2 });
    stop();
  });

  it('is called once more for each of the idle connections that have ended', async () => {
    const { call, seen, stop } = await serve(1, end);
    await Promise.all([call(), call()]);
    expect(await call()).toEqual({});
    expect(seen()).toMatchObject({ connections: 3 });
    stop();
  });

  it('is not called again when it ends a new connection', async () => {
    const { call, seen, stop } = await serve(0, end);
    await expect(call()).rejects.toThrow('fetch failed');
    expect(seen()).toEqual({ requests: 1, connections: 1 });
    stop();
  });
});
