import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { MAX_TURN_MS, measureLongestTurn, TURN_LENGTH_HOOK } from '../../support/service/turn-length.ts';

/** A little less than the longest answer, and than the longest event. */
const [ANSWER, EVENT] = [99_000, 490_000];

/** What a model writes into its response, part by part. */
type Script = () => Iterable<string>;

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const say = (content: unknown) => event({ choices: [{ index: 0, delta: { content } }] });
const END = `${event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`;
const repeat = (piece: string, length: number) => piece.repeat(Math.floor(length / piece.length));

const inOneEvent =
  (text: string): Script =>
  () => [say(text) + END];

/** The text in events of so many characters, all at once. */
const inEventsOf =
  (size: number, text: string): Script =>
  () => [(text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? []).map(say).join('') + END];

/** Megabytes of a piece, and no end. */
const endless = (piece: string, megabytes = 10): Script => {
  const part = repeat(piece, 65_536);
  return () => Array.from({ length: megabytes * 16 }, () => part);
};

const sentence = repeat('word ', ANSWER);
const scripts: [string, Script][] = [
  ['one line of words', inOneEvent(sentence)],
  ['one word', inOneEvent(repeat('a', ANSWER))],
  ['blanks', inOneEvent(repeat(' ', ANSWER))],
  ['brackets', inOneEvent(repeat('[', ANSWER))],
  ['citations', inOneEvent(repeat('[1]', ANSWER))],
  ['lists of citations', inOneEvent(repeat(`[${'1, '.repeat(500)}1] `, ANSWER))],
  ['marks of code', inOneEvent(repeat('`a', ANSWER))],
  ['tables', inOneEvent(repeat('| a | b |\n|---|---|\n| 1 | 2 |\n\n', ANSWER))],
  ['thoughts', inOneEvent(repeat('<think>a</think>', ANSWER))],
  ['characters of two units', inOneEvent(repeat('\u{1F600}', ANSWER))],
  ['words in small events', inEventsOf(8, sentence)],
  ['citations in small events', inEventsOf(8, repeat('[1]', ANSWER))],
  ['many parts', () => [say(Array.from({ length: EVENT / 30 }, () => ({ type: 'text', text: 'a' }))) + END]],
  ['lists inside one another', () => [`data: ${repeat('[', EVENT)}\n\n`]],
  ['one line without an end', endless('a')],
  ['one event without an end', endless('data: a\n')],
  ['events that are no answer', endless('data: {}\n\n', 1)],
  ['line ends', endless('\n')],
];

describe('a model that answers with hostile texts', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let service: ServiceProcess;
  let model: Server;
  let script = inEventsOf(8, sentence);
  let asked = 0;

  beforeAll(async () => {
    model = createServer((request, response) => {
      request.resume().once('end', () => void write(response, script()));
    }).listen(0, '127.0.0.1');
    await once(model, 'listening');
    folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    const { port } = model.address() as AddressInfo;
    const env = {
      GENERATION_TARGETS: `http://127.0.0.1:${port}/v1?model=m`,
      CIRCUIT_BREAKER_ENABLED: 'false',
      PROBE_INTERVAL_SECONDS: '0',
    };
    service = await ServiceProcess.start({ DATA_DIR: folder.path, ...env }, [TURN_LENGTH_HOOK]);
    await service.request('POST', '/documents', { documents: handbook });
    // The first ones compile code.
    for (let index = 0; index < 4; index++) await ask();
  }, 120_000);

  afterAll(async () => {
    await service.kill();
    await folder.remove();
    model.closeAllConnections();
    model.close();
  });

  /** Asks new questions at once in both ways that stream. */
  async function ask(): Promise<string[]> {
    const query = `How many failures open the circuit, asked ${++asked} times?`;
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await fetch(service.url + path, init)).text();
    };
    const messages = [{ role: 'user', content: `${query} And now?` }];
    return Promise.all([
      post('/query', { query }),
      post('/v1/chat/completions', { model: 'failsoft', stream: true, messages }),
    ]);
  }

  it.each(scripts)(
    'stops nobody for long with %s',
    async (_, chosen) => {
      script = chosen;
      const longestMs = await measureLongestTurn(service, async () => {
        const [events, chunks] = await ask();
        expect(events).toMatch(/^event: (done|error)$/m);
        expect(chunks).toContain('data: [DONE]');
      });
      expect(longestMs).toBeLessThan(MAX_TURN_MS);
    },
    60_000,
  );
});

async function write(response: ServerResponse, parts: Iterable<string>): Promise<void> {
  response.on('error', () => undefined);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const part of parts) {
    if (response.destroyed) return;
    if (!response.write(part)) await nextTurn();
  }
  response.end();
}
