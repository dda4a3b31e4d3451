import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, CaseGroup } from './case.ts';
import { RunningService } from './running-service.ts';

/** A body of any kind is posted; the service goes on answering. */
function stands(name: string, path: string, body: () => string, statuses: number[], limitMs = 250): Case {
  return {
    name,
    expected: `${statuses.join(' or ')}, and /health/live answers within ${limitMs} ms meanwhile`,
    async run(signal) {
      await using service = await RunningService.start({}, signal);
      const posting = fetch(service.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body(),
        signal,
      }).then(async (response) => ({
        status: response.status,
        bytes: (await response.arrayBuffer()).byteLength,
      }));
      const slowest = await service.slowestLive(posting);
      const { status, bytes } = await posting;
      return {
        text: `${status}, ${bytes} bytes, ${Math.round(slowest)} ms`,
        isExpected: statuses.includes(status) && slowest < limitMs && bytes < 1_000_000,
      };
    },
  };
}

const deleted: Case = {
  name: 'A document is deleted after an answer has cited it',
  expected: 'its text is in no export a minute later',
  async run(signal) {
    const admin = { authorization: 'Bearer an-admin-token-of-some-length' };
    await using service = await RunningService.start(
      { ADMIN_TOKEN: 'an-admin-token-of-some-length' },
      signal,
    );
    await service.ask('What is the upload limit?');
    const dump = async () => {
      const response = await fetch(`${service.url}/admin/cache`, { headers: admin, signal });
      return response.text();
    };
    const before = await service
      .until('the answer in the export', 10_000, async () =>
        (await dump()).includes('5 MB') ? true : undefined,
      )
      .catch(() => false);
    const gone = await fetch(`${service.url}/documents/limits`, { method: 'DELETE', signal });
    await gone.body?.cancel();
    const after = await service
      .until('the export without it', 60_000, async () =>
        (await dump()).includes('5 MB') ? undefined : true,
      )
      .catch(() => false);
    return { text: `in the export before: ${before}; gone: ${after}`, isExpected: before && after };
  },
};

/** Waits until a socket takes more or is closed, but no longer than three seconds. Its listeners go with it. */
async function waitForRoom(socket: Socket): Promise<void> {
  const over = new AbortController();
  const options = { signal: over.signal };
  const ends = [
    once(socket, 'drain', options),
    once(socket, 'close', options),
    sleep(3_000, undefined, options),
  ];
  await Promise.race(ends).catch(() => undefined);
  over.abort();
}

const uploads: Case = {
  name: '120 uploads of 20 MB are held open',
  expected: 'some are refused with 503 or 429, and the next question is answered',
  async run(signal) {
    await using service = await RunningService.start({}, signal);
    const { port, hostname } = new URL(service.url);
    const chunk = Buffer.alloc(65_536, 0x20);
    const sockets = await Promise.all(
      Array.from({ length: 120 }, async () => {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        const reply = { status: '' };
        socket.on('data', (data) => (reply.status ||= data.toString().slice(9, 12)));
        socket.write(
          'POST /documents HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\n\r\n',
        );
        for (
          let sent = 0;
          sent < 19_000_000 && !socket.destroyed && reply.status === '';
          sent += chunk.length
        )
          if (!socket.write(chunk)) await waitForRoom(socket);
        return { socket, reply };
      }),
    );
    const [answer] = await service.ask('What is the upload limit?');
    const refused = sockets.filter(({ reply }) => ['503', '429', '413'].includes(reply.status)).length;
    for (const { socket } of sockets) socket.destroy();
    return {
      text: `${refused} refused; then ${answer?.metadata?.target}`,
      isExpected: refused > 0 && answer !== undefined,
    };
  },
};

const guesses: Case = {
  name: '400 guesses of the admin token',
  expected: 'most are refused with 429',
  async run(signal) {
    await using service = await RunningService.start(
      { ADMIN_TOKEN: 'an-admin-token-of-some-length' },
      signal,
    );
    const statuses: number[] = [];
    for (let n = 0; n < 400; n++) {
      const response = await fetch(`${service.url}/admin/circuit-breakers`, {
        headers: { authorization: `Bearer guess-${n}` },
        signal,
      });
      await response.body?.cancel();
      statuses.push(response.status);
    }
    const limited = statuses.filter((status) => status === 429).length;
    return { text: `${limited} times 429`, isExpected: limited > 200 };
  },
};

const searches: Case = {
  name: '400 searches at the limits at once',
  expected: 'each is answered or shed with 503, and /health/live answers within 250 ms meanwhile',
  async run(signal) {
    const documents = Array.from({ length: 200 }, (_, n) => ({
      id: `d${n}`,
      text: `The upload limit number ${n} is ${n} MB. `.repeat(20),
    }));
    await using service = await RunningService.start({}, signal, documents);
    const query = 'upload limit number MB '.repeat(170).slice(0, 4_000);
    const statuses: number[] = [];
    const all = Promise.all(
      Array.from({ length: 400 }, async () => {
        const response = await fetch(`${service.url}/search`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, top_k: 100 }),
          signal,
        });
        await response.arrayBuffer();
        statuses.push(response.status);
      }),
    );
    const slowest = await service.slowestLive(all);
    const kinds = [...new Set(statuses)]
      .sort()
      .map((kind) => `${statuses.filter((s) => s === kind).length} × ${kind}`);
    return {
      text: `${kinds.join(', ')}; ${Math.round(slowest)} ms`,
      isExpected: slowest < 250 && statuses.every((status) => status === 200 || status === 503),
    };
  },
};

const MEGABYTES = 20_000_000;
const repeat = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length));
const documentOf = (text: string, format = 'markdown') =>
  JSON.stringify({ documents: [{ id: 'd', text, format }] });

/** What attackers and bad luck send. */
export const hostility: CaseGroup = {
  title: 'Hostile requests',
  cases: [
    stands(
      'Ten million ones as documents',
      '/documents',
      () => `{"documents":[1${repeat(',1', MEGABYTES)}]}`,
      [400, 413],
    ),
    stands(
      'Two million metadata keys',
      '/documents',
      () =>
        `{"documents":[{"id":"d","text":"t","metadata":{"a":1${Array.from({ length: 1_500_000 }, (_, n) => `,"k${n}":1`).join('')}}}]}`,
      [400, 413],
    ),
    stands(
      'Ten thousand levels of nesting',
      '/documents',
      () =>
        `{"documents":[{"id":"d","text":"t","metadata":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}`,
      [400, 413],
    ),
    stands(
      'A thousand documents of 5,000 characters',
      '/documents',
      () =>
        JSON.stringify({
          documents: Array.from({ length: 1_000 }, (_, n) => ({
            id: `d${n}`,
            text: `Limit ${n}. The upload limit is 5 MB for each file. `.repeat(100).slice(0, 5_000),
          })),
        }),
      [200, 503],
    ),
    ...['<', '[', '`', '![', '<p>', '> ', '* ', '**a', '&', '{{', '| '].map((unit) =>
      stands(
        `A document that repeats ${JSON.stringify(unit)}`,
        '/documents',
        () => documentOf(repeat(unit, 400_000)),
        [200, 400],
      ),
    ),
    deleted,
    uploads,
    guesses,
    searches,
  ],
};
