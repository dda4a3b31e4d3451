import { open, readdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommand, runInto, runOnTerminal } from '../../support/cli/running-command.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { ADMIN_TOKEN } from '../../support/service/admin.ts';

/** Renames the window, erases the screen, moves the cursor and paints, in both forms of control sequences. */
const HOSTILE = 'x\u001b]0;owned\u0007\u001b[2J\u009b2J\u001b[31my\r';
const HARMLESS = 'x]0;owned[2J2J[31my';
/** Timers run out so many times as fast. */
const hurry = (factor: number) =>
  `--import data:text/javascript,${encodeURIComponent(`const s=setTimeout;globalThis.setTimeout=(f,ms,...a)=>s(f,ms/${factor},...a)`)}`;

const STORED = '{"documents":[{"id":"a.md","status":"created","chunks":1,"embedding":"ready"}]}';

/** What the server answers, by the path it was asked for. */
const ANSWERS: Record<string, { status: number; body: object | string }> = {
  '/health/ready': { status: 200, body: { status: 'ok', details: {} } },
  '/health': { status: 200, body: { details: { postgres: { status: 'down', reason: HOSTILE } } } },
  '/health/circuit-breaker': { status: 200, body: { circuit_breakers: {} } },
  '/admin/drills/1': { status: 200, body: { drill: { fault: HOSTILE, guard: 'a' } } },
  '/documents?id=gone': { status: 404, body: fault('not_found') },
  '/documents?id=refused': { status: 400, body: fault('invalid_request') },
  '/documents?id=elsewhere': { status: 404, body: '<h1>Not here</h1>' },
  '/documents': { status: 400, body: fault('invalid_request') },
  '/query': { status: 400, body: fault('invalid_request') },
};

function fault(error: string) {
  return { error, message: HOSTILE, request_id: '1', details: [{ path: HOSTILE, message: HOSTILE }] };
}

describe('the commands before a server that nobody should trust', () => {
  let server: Server;
  let url = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = ANSWERS[request.url ?? ''];
      request.resume();
      if (answerAsOther(request, response)) return;
      // Every other path hangs.
      if (!answer) return;
      const isText = typeof answer.body === 'string';
      response.writeHead(answer.status, { 'content-type': isText ? 'text/html' : 'application/json' });
      response.end(isText ? answer.body : JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const run = (...args: string[]) => runCommand([...args, '--url', url], { env: { ADMIN_TOKEN } });

  it('show nothing that controls a terminal', async () => {
    await using folder = await makeFolder();
    const [status, drill, ask, deletion, ingest, warm] = await Promise.all([
      run('status'),
      run('drill', 'stop', '1'),
      run('ask', 'Why?'),
      run('documents', 'delete', 'refused'),
      run('ingest', join(folder.path, 'a.md')),
      run('warm', join(folder.path, 'questions.txt')),
    ]);
    expect(status.output).toContain(`postgres: ${HARMLESS}`);
    expect(drill.output).toBe(`ended ${HARMLESS} of a\n`);
    for (const { errors } of [ask, deletion, ingest, warm]) expect(errors).toContain(HARMLESS);
    for (const { output, errors } of [status, drill, ask, deletion, ingest, warm])
      expect(output + errors).not.toMatch(/[\p{Cc}--\n]/v);
  });

  it('show a terminal no colours but their own', async () => {
    const { output } = await runOnTerminal(['status', '--url', url], 80).end();
    expect(output).toContain(`postgres: ${HARMLESS}`);
    expect(output).toContain(`is \u001b[33m${'degraded'}\u001b[39m`);
  });

  it('tell a document that does not exist from an address that does not', async () => {
    const [gone, elsewhere] = await Promise.all([
      run('documents', 'delete', 'gone', '--json'),
      run('documents', 'delete', 'elsewhere', '--json'),
    ]);
    expect(gone).toEqual({
      code: 1,
      output: '{"deleted":[],"missing":["gone"]}\n',
      errors: 'gone: there is no such document\n',
    });
    expect(elsewhere).toMatchObject({ code: 1, output: '' });
    expect(elsewhere.errors).toContain('answered 404 (text/html): this is no address of failsoft');
  });

  /** Commands of every kind, with the file that they read or write. */
  const commands = (path: string) => [
    ['status'],
    ['ask', 'Why?'],
    ['ingest', join(path, 'a.md')],
    ['documents', 'list'],
    ['documents', 'show', 'a'],
    ['documents', 'delete', 'a'],
    ['eval', join(path, 'judged.jsonl')],
    ['warm', join(path, 'questions.txt')],
    ['guard', 'reset', 'a'],
    ['guard', 'history', 'a'],
    ['drill', 'start', 'a', 'hang'],
    ['drill', 'list'],
    ['drill', 'stop', '1'],
    ['cache', 'export', join(path, 'export.ndjson')],
    ['cache', 'import', join(path, 'a.md')],
  ];

  it.each([
    ['json', "answered with what is not failsoft's; check --url"],
    ['page', 'answered 200 (text/html), which failsoft never does: a login page or another service is at'],
  ])(
    'say that another program answers with a %s, and change nothing',
    async (kind, line) => {
      await using folder = await makeFolder();
      const before = await readdir(folder.path);
      const at = `${url}/${kind}`;
      const asked = commands(folder.path).slice(0, kind === 'json' ? undefined : 2);
      const ended = await Promise.all(
        asked.map((args) => runCommand([...args, '--url', at], { env: { ADMIN_TOKEN } })),
      );
      for (const [index, { code, output, errors }] of ended.entries()) {
        expect(index === 0 ? output : errors).toContain(`${at} ${line}`);
        expect(code).toBe(index === 0 ? 4 : 1);
      }
      expect(await readdir(folder.path)).toEqual(before);
    },
    60_000,
  );

  it.each([
    ['silent', /ask|ingest|warm/],
    ['half', /ask|cache/],
  ])('give up a service that is %s after a minute', async (kind, names) => {
    await using folder = await makeFolder();
    const before = await readdir(folder.path);
    const at = `${url}/${kind}`;
    const long = commands(folder.path).filter(([name = '']) => names.test(name));
    const ended = await Promise.all(
      long.map((args) =>
        runCommand([...args, '--url', at], { env: { ADMIN_TOKEN, NODE_OPTIONS: hurry(100) } }),
      ),
    );
    for (const { code, errors } of ended) {
      expect(errors).toContain(`the service at ${at} said nothing for 60 s`);
      expect(code).toBe(1);
    }
    expect(await readdir(folder.path)).toEqual(before);
  });

  it('wait for a slow answer while the service answers health checks', async () => {
    await using folder = await makeFolder();
    const args = ['ingest', join(folder.path, 'a.md'), '--url', `${url}/slow`];
    const { code, output } = await runCommand(args, { env: { NODE_OPTIONS: hurry(20) } });
    expect({ code, output }).toEqual({ code: 0, output: '1 created, 0 updated, 0 unchanged, 0 failed\n' });
  });

  it('say in one line that their output cannot be written', async () => {
    await using full = await open('/dev/full', 'w');
    const { code, errors } = await runInto(full.fd, ['status', '--url', url]);
    expect({ code, errors }).toEqual({ code: 1, errors: 'the output cannot be written (ENOSPC)\n' });
  });

  it('say which file there is not', async () => {
    const names = [['warm'], ['eval'], ['cache', 'import']];
    for (const ended of await Promise.all(names.map((name) => run(...name, '/missing/file'))))
      expect(ended).toEqual({
        code: 1,
        output: '',
        errors: '/missing/file: there is no such file or folder\n',
      });
  });
});

/** Answers below /json, /page, /half and /slow as another program or a failing service; whether it was asked there. */
function answerAsOther({ url = '', headers }: IncomingMessage, response: ServerResponse): boolean {
  const kind = url.split('/')[1];
  const json = { 'content-type': 'application/json' };
  if (kind === 'json') response.writeHead(200, json).end('{"ok":true}');
  else if (kind === 'page') response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
  else if (kind === 'half') {
    const type = url.endsWith('/admin/cache') ? 'application/x-ndjson' : (headers.accept ?? '*/*');
    response.writeHead(200, type === '*/*' ? json : { 'content-type': type }).write('{"ok"');
  } else if (url === '/slow/health/live') response.writeHead(200, json).end('{"status":"ok"}');
  else if (url === '/slow/documents') setTimeout(() => response.writeHead(200, json).end(STORED), 4_000);
  else return false;
  return true;
}

async function makeFolder() {
  const folder = await makeTemporaryFolder();
  await writeFile(join(folder.path, 'a.md'), 'A text.');
  await writeFile(join(folder.path, 'questions.txt'), 'Why?\n');
  await writeFile(join(folder.path, 'judged.jsonl'), '{"text": "Why?", "qrels": {"a": 1}}\n');
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}
