import { once } from 'node:events';
import { request } from 'node:http';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { MAX_TURN_MS, measureLongestTurn, TURN_LENGTH_HOOK } from '../../support/service/turn-length.ts';

const MIB = 1_048_576;
/** A little less than the longest body of `POST /documents`, and of the other routes. */
const LARGE = 20 * MIB - 1_000;
const SMALL = 255 * 1_024;

function fill(chars: number, part: (index: number) => string): string {
  const parts: string[] = [];
  for (let used = 0; used < chars; used += (parts.at(-1)?.length ?? 0) + 1) parts.push(part(parts.length));
  return parts.slice(0, -1).join(',');
}

const document = (text: string, more = '') => `{"documents":[{"format":"text"${more},"text":"${text}"}]}`;
const metadata = (chars: number, part: (index: number) => string) =>
  document('a', `,"metadata":{${fill(chars, part)}}`);

const large: [string, string][] = [
  // A field that is refused: cutting such texts would take minutes, in threads.
  ['one text of escapes', document('\\n'.repeat(LARGE / 2 - 50), ',"x":1')],
  ['one text of code points', document('\\u4e00a'.repeat(LARGE / 7 - 20), ',"x":1')],
  [
    'many documents',
    `{"documents":[${fill(MIB, (index) => `{"id":"d${index}","text":"${'a b '.repeat(400)}"}`)}]}`,
  ],
  ['numbers', `{"documents":[${fill(LARGE, () => '1')}]}`],
  ['one number', `{"documents":[${'1'.repeat(LARGE - 20)}]}`],
  ['unknown fields', `{${fill(LARGE, (index) => `"k${index}":1`)}}`],
  ['two million metadata fields', metadata(LARGE - 100, (index) => `"k${index}":1`)],
  ['long metadata names', metadata(LARGE - 100, (index) => `"k${index}${'x'.repeat(350)}":1`)],
  ['tiny documents', `{"documents":[${fill(LARGE - 20, () => '{"text":"a"}')}]}`],
  ['lists inside one another', '['.repeat(LARGE)],
  ['blanks', `{"documents":[${' '.repeat(LARGE - 20)}]}`],
  ['bytes that are not UTF-8', `{"documents":[{"text":"${'\u00ff'.repeat(LARGE / 2 - 20)}`],
];
const anchors = Array.from(
  { length: 20 },
  (_, level) => `a${level}: &a${level} [${`*a${level - 1},`.repeat(level === 0 ? 0 : 9)}x]`,
);
/** Documents that are stored, as far as they can be read: cutting them takes long in threads, and so may showing them. */
const documents: [string, string, string][] = [
  ['emphasis without an end', 'markdown', '*a '.repeat(100_000)],
  ['formulas', 'markdown', '$$a$$ '.repeat(50_000)],
  [
    'lists inside one another',
    'markdown',
    Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'),
  ],
  ['links without an end', 'markdown', '[a]('.repeat(75_000)],
  ['rows of a table', 'markdown', `|a|b|\n|-|-|\n${'|a|b|\n'.repeat(40_000)}`],
  ['anchors of YAML', 'markdown', `---\n${anchors.join('\n')}\n---\n\nA text.`],
  ['tags', 'html', '<b>a</b><i>'.repeat(1_500)],
  [
    'cells that span many rows',
    'html',
    `<table>${`<tr>${'<td rowspan="60000" colspan="900">a</td>'.repeat(10)}</tr>`.repeat(200)}</table>`,
  ],
];
/** Questions whose words, marks or letters are of one kind. */
const questions = ['_', '*', '*a ', '"', '(', '`', '[a](', 'a-', '\\', '\u0301', '👩‍👩‍👧', '1,', 'ä ', '. '];
const words = (index: number) => `how many failures open circuit ${index} `.repeat(99).slice(0, 3_990);

describe('a hostile set of requests', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    service = await ServiceProcess.start({ DATA_DIR: folder.path }, [TURN_LENGTH_HOOK]);
    await service.request('POST', '/documents', { documents: handbook });
    // The first of each kind compiles code.
    await post('/documents', document('a '.repeat(MIB / 4)));
    await Promise.all(Array.from({ length: 40 }, (_, index) => search(index)));
    await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index)));
    await Promise.all(Array.from({ length: 20 }, (_, index) => converse(index)));
  }, 120_000);

  afterAll(async () => {
    await service.kill();
    await folder.remove();
  });

  /** Sends a body, and gives the status. */
  async function post(path: string, body: string): Promise<number | undefined> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(service.url + path, { method: 'POST', headers });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  }

  const search = (index: number) => post('/search', JSON.stringify({ query: words(index), top_k: 100 }));
  const converse = (index: number) => {
    const turn = (role: string) => ({ role, content: `${'È它 '.repeat(300)}${words(index)}` });
    const history = Array.from({ length: 4 }, () => [turn('user'), turn('assistant')]).flat();
    return post('/query', JSON.stringify({ messages: [...history, { role: 'user', content: 'and it?' }] }));
  };
  const ask = (index: number) => post('/query', JSON.stringify({ query: words(index), top_k: 20 }));

  /** Expects no long turn while requests are sent. @param send gets the number of the attempt */
  async function expectShortTurns(send: (attempt: number) => Promise<void>): Promise<void> {
    expect(await measureLongestTurn(service, send)).toBeLessThan(MAX_TURN_MS);
  }

  it.each(large)('stops nobody for long when a large body is made of %s', async (_, body) => {
    await expectShortTurns(async () => {
      expect([200, 400, 413]).toContain(await post('/documents', body));
    });
  });

  it.each(documents)(
    'stops nobody for long when a document of %s is stored and asked for',
    async (name, format, text) => {
      await expectShortTurns(async (attempt) => {
        const title = `${name} ${attempt}`;
        const stored = JSON.stringify({ documents: [{ id: title, title, format, text }] });
        expect([200, 400]).toContain(await post('/documents', stored));
        const query = JSON.stringify({ query: `What is a in ${title}?`, top_k: 20 });
        expect(await Promise.all([post('/query', query), post('/search', query)])).toEqual([200, 200]);
      });
    },
  );

  it('stops nobody for long when questions are made of marks', async () => {
    await expectShortTurns(async () => {
      const bodies = questions.map((mark) => JSON.stringify({ query: mark.repeat(2_000 / mark.length) }));
      const statuses = await Promise.all(bodies.map((body) => post('/query', body)));
      expect(statuses.filter((status) => status !== 200 && status !== 400)).toEqual([]);
    });
  });

  it('stops nobody for long when many small bodies come at once', async () => {
    const bodies = [
      `{"query":"a","filter":{${fill(SMALL - 50, (index) => `"k${index}":{}`)}}}`,
      `{${fill(SMALL - 50, (index) => `"k${index}":1`)}}`,
      `{"query":"${'\\u4e00'.repeat(SMALL / 6 - 10)}"}`,
    ];
    await expectShortTurns(async () => {
      const statuses = Array.from({ length: 150 }, (_, index) => post('/query', bodies[index % 3] ?? ''));
      expect(new Set(await Promise.all(statuses))).toEqual(new Set([400, 413]));
    });
  });

  it.each([
    ['searches', search],
    ['questions', ask],
    ['conversations', converse],
  ])(
    'stops nobody for long when 400 %s come at once',
    async (_, send) => {
      await expectShortTurns(async (attempt) => {
        const first = 1_000 * (attempt + 1);
        const statuses = await Promise.all(
          Array.from({ length: 400 }, (_none, index) => send(first + index)),
        );
        expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
      });
    },
    240_000,
  );
});
