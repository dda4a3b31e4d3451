import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuardView } from '../../../src/cli/guard-table.ts';
import { runCommand, RunningCommand } from '../../support/cli/running-command.ts';
import { findFreePort } from '../../support/free-port.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { ADMIN_TOKEN, adminOf, type HistoryBody } from '../../support/service/admin.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const GUARD = 'huggingface_api';
const env = { ADMIN_TOKEN };

describe('the commands for operators', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ GENERATION_TARGETS: 'http://127.0.0.1:4/v1?model=none', ADMIN_TOKEN });
  });

  afterEach(() => adminOf(service)('POST', `/${GUARD}/reset`));
  afterAll(() => service.close());

  const run = (...args: string[]) => runCommand([...args, '--url', service.url], { env });

  it('show a healthy service and its guards, with exit code 0', async () => {
    const { code, output, errors } = await run('status');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const lines = output.split('\n');
    expect(lines[0]).toBe(`failsoft at ${service.url} is healthy`);
    expect(lines[2]).toMatch(/^GUARD +STATE +MODE +FAILS +FAILED\/CALLS +RETRY IN +PATIENCE$/);
    expect(output).toMatch(new RegExp(`^${GUARD} +closed +auto +0 +0/0 +– +\\S+`, 'm'));
    expect(output).not.toContain('\u001b');
  });

  it('show a degraded service with what is wrong first, with exit code 3, as JSON too', async () => {
    expect(await run('guard', 'force', GUARD, 'open', '--ttl', '600', '--reason', 'a test')).toMatchObject({
      code: 0,
      output: expect.stringMatching(new RegExp(`^${GUARD} +closed +forced_open \\((600|599) s\\)`, 'm')),
    });
    const { code, output } = await run('status', '--json');
    const status = JSON.parse(output) as { status: string; reasons: string[]; guards: GuardView[] };
    expect(code).toBe(3);
    expect(status).toMatchObject({ status: 'degraded', reasons: [expect.stringContaining(GUARD)] });
    expect(status.guards).toContainEqual(expect.objectContaining({ name: GUARD, mode: 'forced_open' }));
    expect((await run('status')).output).toMatch(new RegExp(`PATIENCE\n${GUARD} `));
  });

  it('end with 4 when no service runs there', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const { code, output } = await runCommand(['status', '--url', url]);
    expect(code).toBe(4);
    expect(output).toMatch(
      new RegExp(`^failsoft at ${url} is down\n {2}No failsoft runs at ${url} \\(ECONNREFUSED\\)`),
    );
  });

  it('watch: a line for each second in a pipe, until the service is gone and beyond', async () => {
    const other = await startService();
    const watching = new RunningCommand(['status', '--watch', '--url', other.url]);
    const lines = () => watching.output.split('\n').filter((line) => line !== '');
    await until('two lines are there', () => lines().length >= 2);
    expect(lines()[0]).toMatch(/^\d{4}-\S+Z healthy local_extractive=closed .*postgres=closed/);
    await other.close();
    await watching.shows('Z down No failsoft runs at');
    watching.child.kill('SIGINT');
    await watching.end();
    expect(watching.child.signalCode).toBe('SIGINT');
  });

  it('force, reset and set guards, and show their history', async () => {
    expect((await run('guard', 'force', GUARD, 'half-open')).code).toBe(0);
    expect((await service.guard(GUARD)).state).toBe('half-open');
    await run('guard', 'force', GUARD, 'closed');
    expect((await run('guard', 'force', GUARD, 'auto')).output).toMatch(
      new RegExp(`^${GUARD} +half-open +auto`, 'm'),
    );
    expect((await run('guard', 'reset', GUARD)).output).toMatch(new RegExp(`^${GUARD} +closed +auto`, 'm'));
    const set = await run('guard', 'set', GUARD, 'fail_threshold=8', 'strategy=rate', 'enabled=observe');
    expect(set.output).toMatch(/^fail_threshold +8$/m);
    const back = await run('guard', 'set', GUARD, 'fail_threshold=default', 'enabled=default', '--json');
    expect(JSON.parse(back.output)).toMatchObject({
      circuit_breaker: { settings: { fail_threshold: 5, strategy: 'rate', enabled: 'true' } },
    });
    const history = JSON.parse((await run('guard', 'history', GUARD, '--json')).output) as HistoryBody;
    expect(history.changes.map(({ to_state }) => to_state)).toContain('half-open');
    expect((await run('guard', 'history', GUARD)).output).toMatch(/^TIME +FROM +TO +FAILS +INSTANCE\n\d{4}-/);
  });

  it('name the guards when one does not exist, and the setting that is wrong', async () => {
    const { code, errors } = await run('guard', 'reset', 'nobody');
    expect(code).toBe(1);
    expect(errors).toMatch(/answered 404: There is no such guard\. There are: .*huggingface_api.*\n$/);
    const wrong = await run('guard', 'set', GUARD, 'fail_threshold=many');
    expect(wrong).toMatchObject({ code: 1, errors: expect.stringContaining('(fail_threshold: ') });
    expect((await run('guard', 'set', GUARD, 'foo=1')).errors).toMatch(/\(Unrecognized key: "foo"/);
    expect((await run('guard', 'set', GUARD, 'fail_threshold')).code).toBe(2);
    expect((await run('guard', 'force', GUARD, 'ajar')).code).toBe(2);
  });

  it('say what to do about the admin key', async () => {
    const reset = ['guard', 'reset', GUARD, '--url', service.url];
    const wrong = await runCommand(reset, { env: { ADMIN_TOKEN: 'another-horse-battery-staple' } });
    expect(wrong).toEqual({
      code: 1,
      output: '',
      errors: `${service.url} refuses the admin key: ADMIN_TOKEN is that of another service\n`,
    });
    await using folder = new AsyncDisposableStack();
    const { path, remove } = await makeTemporaryFolder();
    folder.defer(remove);
    const none = await runCommand(reset, { env: { DATA_DIR: path } });
    expect(none.errors).toMatch(/^ADMIN_TOKEN is not set, and \S+admin-key holds no key of a local trial: /);
    const elsewhere = ['guard', 'reset', GUARD, '--url', 'http://failsoft.example.com'];
    await writeFile(join(path, 'admin-key'), 'abcdefghijklmnopqrstuvwxyz012345\n');
    expect((await runCommand(reset, { env: { DATA_DIR: path } })).errors).toContain('refuses the admin key');
    // The key of this machine is sent to no other.
    expect((await runCommand(elsewhere, { env: { DATA_DIR: path } })).errors).toMatch(
      /^ADMIN_TOKEN is not set: /,
    );
  });

  it('say which service has no admin API, and no drills', async () => {
    const other = await startService();
    const { errors } = await runCommand(['guard', 'reset', GUARD, '--url', other.url], { env });
    expect(errors).toBe(`${other.url} has no admin API: start it with ADMIN_TOKEN\n`);
    await other.close();
    expect(await run('drill', 'list')).toMatchObject({
      code: 1,
      errors: 'this failsoft allows no drills: start it with DRILLS_ENABLED=true\n',
    });
  });

  it('rehearse an outage, which the status shows', async () => {
    const other = await startService({
      GENERATION_TARGETS: 'http://127.0.0.1:4/v1?model=none',
      ADMIN_TOKEN,
      DRILLS_ENABLED: 'true',
    });
    const drill = (...args: string[]) => runCommand(['drill', ...args, '--url', other.url], { env });
    expect(await drill('list')).toEqual({ code: 0, output: 'no drill runs\n', errors: '' });
    const start = ['start', GUARD, 'hang', '--ttl', '60', '--share', '0.5', '--reason', 'a test'];
    expect((await drill(...start)).output).toMatch(
      new RegExp(`^ID +GUARD +FAULT .*\n\\S+ +${GUARD} +hang +0\\.5 +(60|59) s +0 +a test\n$`),
    );
    expect(await drill(...start)).toMatchObject({
      code: 1,
      errors: expect.stringContaining(' answered 409: '),
    });
    expect((await runCommand(['status', '--url', other.url])).output).toMatch(
      new RegExp(`PATIENCE +DRILL\n(.*\n)*${GUARD} .* hang \\(\\d+ s\\)\n`),
    );
    const { running } = JSON.parse((await drill('list', '--json')).output) as { running: { id: string }[] };
    const [{ id } = { id: '' }] = running;
    expect(await drill('stop', id)).toEqual({ code: 0, output: `ended hang of ${GUARD}\n`, errors: '' });
    expect(await drill('stop', id)).toMatchObject({
      code: 1,
      errors: expect.stringContaining(' answered 404: '),
    });
    expect((await drill('start', GUARD, 'explode')).code).toBe(2);
    const unknown = await drill('start', 'nobody', 'hang');
    expect(unknown).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/\(guard: must be one of .*\)\n$/),
    });
    await other.close();
  });

  it('migrate a database, once', async () => {
    const { path, remove } = await makeTemporaryFolder();
    await mkdir(join(path, 'data'));
    const migrate = (...args: string[]) =>
      runCommand(['migrate', ...args], { env: { DATA_DIR: join(path, 'data'), LOG_LEVEL: 'silent' } });
    expect(await migrate()).toMatchObject({ code: 0, output: expect.stringMatching(/^applied 1_corpus\n/) });
    expect(await migrate('--json')).toEqual({ code: 0, output: '{"applied":[]}\n', errors: '' });
    await remove();
  });
});
