import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HOUR_MS = 3_600_000;

/** A service of three files, which loads one of them when it is asked to. */
const SOURCES = {
  'src/main.ts': `
    import { createInterface } from 'node:readline';
    process.stdout.write('started\\n');
    for await (const _ of createInterface({ input: process.stdin }))
      process.stdout.write((await import('./later.ts')).answer + '\\n');
  `,
  'src/later.ts': `export const answer = 'first';`,
  'src/cli/failsoft.ts': `process.stdout.write('hello ' + process.argv[2] + '\\n');`,
  'console/main.tsx': '',
  'scripts/build-console.js': '',
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'es2024',
      rootDir: 'src',
      rewriteRelativeImportExtensions: true,
      // Reading the types of all libraries takes longer than everything else here.
      noCheck: true,
      types: [],
      lib: ['es5'],
    },
    include: ['src'],
  }),
};

describe('a build', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  const running: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await makeTemporaryFolder();
    for (const [path, content] of Object.entries(SOURCES)) await write(path, content);
    await requireNode('>=22.19');
    for (const file of ['scripts/build.js', 'src/in-use.ts'])
      await cp(join(ROOT, file), join(folder.path, file));
    await symlink(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  });

  afterEach(async () => {
    for (const child of running.splice(0)) await kill(child);
    await folder.remove();
  });

  async function write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), content);
  }

  const requireNode = (node: string) =>
    write('package.json', JSON.stringify({ name: 'failsoft', type: 'module', engines: { node } }));

  /** Runs a script of the folder to its end. */
  async function run(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
    const child = spawn(process.execPath, args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, errors] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: child.exitCode, output, errors };
  }

  const build = () => run('scripts/build.js');
  const built = { code: 0, output: '', errors: '' };
  const builds = async () =>
    (await readdir(join(folder.path, 'dist'))).filter((name) => name.includes('-') && !name.endsWith('.js'));

  /** Starts the service; `ask` gives its next line of output. */
  async function start(): Promise<{ child: ChildProcess; ask(): Promise<string> }> {
    const child = spawn(process.execPath, ['dist/main.js'], {
      cwd: folder.path,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    expect(await next()).toBe('started');
    return {
      child,
      ask: () => {
        child.stdin.write('\n');
        return next();
      },
    };
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  it('starts the built program with its arguments', async () => {
    expect(await build()).toEqual(built);
    expect(await (await start()).ask()).toBe('first');
    expect(await run('dist/cli/failsoft.js', 'you')).toEqual({ ...built, output: 'hello you\n' });
  });

  it('is not repeated for the same sources', async () => {
    await build();
    const [name = ''] = await builds();
    await writeFile(
      join(folder.path, 'dist', name, 'later.js'),
      `export const answer = 'not compiled again';`,
    );
    expect(await build()).toEqual(built);
    expect(await builds()).toEqual([name]);
    expect(await (await start()).ask()).toBe('not compiled again');
  });

  it('does not disturb an instance that runs on an older build', async () => {
    await build();
    const old = await start();
    await write('src/later.ts', `export const answer = 'second';`);
    expect(await build()).toEqual(built);
    const young = await start();
    expect([await old.ask(), await young.ask()]).toEqual(['first', 'second']);
  });

  it('is made once by two processes that start at the same time', async () => {
    expect(await Promise.all([build(), build()])).toEqual([built, built]);
    expect(await builds()).toHaveLength(1);
    expect(await (await start()).ask()).toBe('first');
  });

  it('leaves the one before when it fails', async () => {
    await build();
    const before = await builds();
    await write('src/later.ts', `export const answer = ;`);
    expect(await build()).toMatchObject({ code: 1, output: expect.stringContaining('src/later.ts') });
    expect(await builds()).toEqual(before);
    expect(await (await start()).ask()).toBe('first');
  });

  it('is removed an hour after its last start, once no process runs on it', async () => {
    await build();
    const [first = ''] = await builds();
    const path = join(folder.path, 'dist', first);
    const { child, ask } = await start();
    await write('src/later.ts', `export const answer = 'second';`);
    await build();
    const both = await builds();
    expect(both).toHaveLength(2);

    const old = new Date(Date.now() - 2 * HOUR_MS);
    await utimes(path, old, old);
    await build();
    expect(await builds()).toEqual(both);
    expect(await ask()).toBe('first');
    await kill(child);
    await build();
    expect(await builds()).toEqual(both.filter((name) => name !== first));
  });

  it('says in one line that it needs a newer Node, before it loads anything', async () => {
    await requireNode('>=99.1');
    await build();
    const errors = `failsoft needs Node 99.1 or newer; this is Node ${process.versions.node}.\n`;
    for (const file of ['dist/main.js', 'dist/cli/failsoft.js']) {
      expect(await run(file)).toEqual({ code: 1, output: '', errors });
      // What an old Node cannot read it cannot refuse.
      const entry = await readFile(join(folder.path, file), 'utf8');
      expect(entry).not.toMatch(/=>|\bawait\b|\bconst\b|`|^\s*(import|export)\s/m);
    }
  });
});
