import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { BusyClock } from '../../support/fakes/busy-clock.ts';
import { startService, type Service } from '../../support/service/service.ts';

/** The longest body of most routes. The bodies of all who leave together are longer than all bodies may be. */
const LENGTH = 255 * 1_024;
const LEAVING = 600;
const STAYING = 50;
const BODY = '{"query":""}';
const REFUSED = new Set(['HTTP/1.1 400 Bad Request']);
const request = (length: number, body: string) =>
  `POST /query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;

describe('requests that arrive together', () => {
  let service: Service;

  beforeAll(async () => {
    // A turn of the event loop has no time left after one request.
    service = await startService({}, new BusyClock(1_000));
  });

  afterAll(() => service.close());

  /** Connections that have been used before: of new ones, the server takes one in each turn of the event loop. */
  async function open(count: number): Promise<Socket[]> {
    const { hostname, port } = new URL(service.url);
    const sockets = Array.from({ length: count }, () => connect(Number(port), hostname));
    for (const socket of sockets) socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    return sockets;
  }

  /** Asks on each connection, and gives the lines with the statuses. */
  async function ask(sockets: Socket[]): Promise<Set<string | undefined>> {
    for (const socket of sockets) socket.write(request(BODY.length, BODY));
    const responses = await Promise.all(sockets.map((socket) => text(socket)));
    return new Set(responses.map((response) => response.split('\r\n', 1)[0]));
  }

  it('are all answered, and keep no memory once their callers have gone', async () => {
    const staying = await open(STAYING);
    const leaving = await open(LEAVING);
    for (const socket of leaving) socket.write(request(LENGTH, BODY));
    const answered = ask(staying);
    for (const socket of leaving) socket.destroy();
    expect(await answered).toEqual(REFUSED);
    expect(await ask(await open(1))).toEqual(REFUSED);
  });
});
