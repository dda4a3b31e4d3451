import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ADMIN_TOKEN } from '../../support/service/admin.ts';
import { createNativeDatabase, type NativeDatabase } from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion, handbook, strangeQuestion } from '../../support/scenarios/documents.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { requestRaw } from '../../support/service/raw-request.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const HOOK = new URL('../../support/service/decorators-hook.ts', import.meta.url).href;
const COMMAND = fileURLToPath(new URL('../../../src/cli/failsoft.ts', import.meta.url));
const TYPE = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/x-ndjson' };
const AGE_MS = 1_000_000;
const QUESTION = circuitQuestion(1);

/** Runs a command. */
async function run(args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, ['--import', HOOK, COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ADMIN_TOKEN },
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode ?? -1, output, errors };
}

describeWithPostgres('the transfer of stored answers', () => {
  let database: NativeDatabase;
  let folder: { path: string; remove(): Promise<void> };
  let file: string;
  let clock: FakeClock;
  let first: Service;
  const started: Service[] = [];

  const start = async (url: string) => {
    const env = { DATABASE_URL: url, ADMIN_TOKEN, DATABASE_TIMEOUT_MS: '3600000' };
    const service = await startService(env, clock);
    started.push(service);
    return service;
  };
  const give = (service: Service, lines: string) =>
    service.request('POST', '/admin/cache', lines, { headers: TYPE });

  beforeAll(async () => {
    database = await createNativeDatabase();
    folder = await makeTemporaryFolder();
    file = join(folder.path, 'answers.ndjson');
    clock = new FakeClock();
    first = await start(database.url);
    await first.ingest(handbook);
    // Vectors that were made in the background as well change what is found: after that.
    await until('nothing goes on in the background', () => first.isAtRest());
    await first.query(QUESTION);
    await clock.advance(AGE_MS);
    expect(await run(['cache', 'export', file, '--url', first.url])).toEqual({
      code: 0,
      output: '',
      errors: '',
    });
  });

  afterAll(async () => {
    await Promise.all(started.map((service) => service.close()));
    await database.drop();
    await folder.remove();
  });

  it('exports answers without their questions', async () => {
    const lines = await readFile(file, 'utf8');
    expect(lines.trim().split('\n')).toHaveLength(1);
    expect(lines).not.toContain('case 1');
  });

  it('imports answers once, and a new instance serves them with their age', async () => {
    const second = await start(database.url);
    const taken = await run(['cache', 'import', file, '--url', second.url]);
    expect(taken).toEqual({ code: 0, output: '1 imported, 0 already cached, 0 refused\n', errors: '' });
    expect((await give(second, await readFile(file, 'utf8'))).body).toEqual({
      taken: 0,
      known: 1,
      refused: 0,
    });
    const { headers, body } = await second.query(QUESTION);
    expect(body.metadata).toMatchObject({ from_cache: true, stale: false });
    expect(headers.get('age')).toBe(String(AGE_MS / 1_000));
  });

  it('does not serve imported answers where the documents differ', async () => {
    const other = await createNativeDatabase();
    const stranger = await start(other.url);
    await stranger.ingest(handbook);
    expect((await give(stranger, await readFile(file, 'utf8'))).body).toMatchObject({ taken: 1 });
    expect((await stranger.query(QUESTION)).body.metadata.from_cache).toBe(false);
    await started.pop()?.close();
    await other.drop();
  });

  it('refuses damaged and expired answers', async () => {
    const second = await start(database.url);
    const line = (await readFile(file, 'utf8')).trim();
    const { key, entry } = JSON.parse(line) as { key: string; entry: string };
    const old = JSON.stringify({ ...(JSON.parse(entry) as object), expires_at: clock.wall() });
    const { value } = JSON.parse(entry) as { value: object };
    const dated = JSON.stringify({
      expires_at: clock.wall() + 1_000,
      value: { ...value, created_at: 1e300 },
    });
    const wrong = JSON.stringify({ expires_at: clock.wall() + 1_000, value: { answer: 'forged' } });
    const lines = [
      line.slice(0, -10),
      '[]',
      JSON.stringify({ key: 'short', entry }),
      JSON.stringify({ key, entry: old }),
      JSON.stringify({ key, entry: wrong }),
      JSON.stringify({ key, entry: dated }),
    ];
    expect((await give(second, lines.join('\n\n'))).body).toEqual({
      taken: 0,
      known: 0,
      refused: lines.length,
    });
    expect((await second.query(QUESTION)).body.metadata.from_cache).toBe(false);
    const damaged = join(folder.path, 'damaged.ndjson');
    await writeFile(damaged, [...lines, line].join('\n'));
    expect(await run(['cache', 'import', damaged, '--url', second.url])).toEqual({
      code: 1,
      output: `0 imported, 1 already cached, ${lines.length} refused\n`,
      errors: '',
    });
  });

  it('accepts only lines of JSON', async () => {
    const { authorization } = TYPE;
    const asJson = await first.request('POST', '/admin/cache', {}, { headers: { authorization } });
    expect(asJson.status).toBe(415);
    const elsewhere = await first.request('POST', '/query', '{"query":"Why?"}', { headers: TYPE });
    expect(elsewhere.status).toBe(415);
  });

  it('refuses a file beyond 256 MB', async () => {
    const options = { method: 'POST', path: '/admin/cache', body: '{}\n' };
    const declared = await requestRaw(first.url, {
      ...options,
      headers: { ...TYPE, 'content-length': String(256 * 1024 * 1024 + 1) },
    });
    expect(declared).toMatchObject({
      status: 413,
      headers: { connection: 'close' },
      body: { error: 'payload_too_large' },
    });
    const fits = await requestRaw(first.url, { ...options, headers: TYPE });
    expect(fits).toMatchObject({ status: 200, body: { taken: 0, known: 0, refused: 1 } });
  });

  it('is filled ahead of time with answers to the questions of a file', async () => {
    const second = await start(database.url);
    const questions = join(folder.path, 'questions.txt');
    await writeFile(
      questions,
      `# What is asked most\n${QUESTION}\n\n${circuitQuestion(2)}\r\n${QUESTION}\n${strangeQuestion}\n`,
    );
    // As it is copied from a browser.
    const args = [questions, '--url', `${second.url}/`];
    const warmed = await run(['warm', ...args]);
    expect(warmed).toMatchObject({
      code: 0,
      output: '2 answered, 0 already cached, 1 without a matching document, 0 failed\n',
    });
    expect((await second.query(QUESTION)).body.metadata.from_cache).toBe(true);
    expect((await run(['warm', ...args])).output).toMatch(/^0 answered, 2 already cached, 1 without/);
    const missing = join(folder.path, 'missing.ndjson');
    const notThere = await run(['cache', 'import', missing, '--url', second.url]);
    expect(notThere).toMatchObject({ code: 1, errors: expect.stringContaining(missing) });
    const unreachable = await run(['warm', questions, '--url', 'http://127.0.0.1:4']);
    expect(unreachable.code).toBe(1);
  });
});
