import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommand, RunningCommand, runOnTerminal } from '../../support/cli/running-command.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { ADMIN_TOKEN } from '../../support/service/admin.ts';

/** Renames the window, erases the screen, moves the cursor and paints, in both forms of control sequences. */
const HOSTILE = 'x\u001b]0;owned\u0007\u001b[2J\u009b2J\u001b[31my\r';
const HARMLESS = 'x]0;owned[2J2J[31my';
/** A minute lasts for 600 ms. */
const HURRIED = `--import data:text/javascript,${encodeURIComponent('const s=setTimeout;globalThis.setTimeout=(f,ms,...a)=>s(f,ms/100,...a)')}`;

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

  it('do not wait for an answer that does not begin', async () => {
    const command = new RunningCommand(['ask', '--url', `${url}/hangs`, 'Why?'], { NODE_OPTIONS: HURRIED });
    expect(await command.end()).toEqual({
      code: 1,
      output: '',
      errors: `the service at ${url}/hangs said nothing for 60 s\n`,
    });
  });
});

async function makeFolder() {
  const folder = await makeTemporaryFolder();
  await writeFile(join(folder.path, 'a.md'), 'A text.');
  await writeFile(join(folder.path, 'questions.txt'), 'Why?\n');
  return { path: folder.path, [Symbol.asyncDispose]: () => folder.remove() };
}
