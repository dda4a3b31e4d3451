import { spawn, spawnSync } from 'node:child_process';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunningCommand } from '../../support/cli/running-command.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** A build, and a first start, on a busy machine. */
const LIMIT_MS = 300_000;

describe('the packed program', () => {
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let home: string;
  const started: RunningCommand[] = [];

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder.path], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(packed).toMatchObject({ status: 0 });
    const [file = ''] = (await readdir(folder.path)).filter((name) => name.endsWith('.tgz'));
    expect(spawnSync('tar', ['-xzf', file], { cwd: folder.path }).status).toBe(0);
    home = join(folder.path, 'package');
    // Installing would need a network.
    await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  }, LIMIT_MS);

  afterAll(async () => {
    for (const command of started) command.child.kill('SIGKILL');
    await Promise.all(started.map((command) => command.end()));
    await folder.remove();
  });

  /** Runs the program that the package names, elsewhere than where it is. */
  async function run(args: string[], env: Record<string, string> = {}): Promise<RunningCommand> {
    const { bin } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
      bin: { failsoft: string };
    };
    const child = spawn(process.execPath, [join(home, bin.failsoft), ...args], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], ...env },
    });
    const command = new RunningCommand([], {}, child);
    started.push(command);
    return command;
  }

  it('has one build, the documents and the migrations, and no sources and tests', async () => {
    expect((await readdir(home)).sort()).toEqual(
      [
        '.env.example',
        'LICENSE',
        'README.md',
        'dist',
        'docs',
        'migrations',
        'node_modules',
        'package.json',
      ].sort(),
    );
    const built = (await readdir(join(home, 'dist'))).sort();
    expect(built).toEqual([expect.stringMatching(/^build-[\da-f]{16}$/), 'cli', 'main.js']);
    const files = await readdir(join(home, 'dist'), { recursive: true });
    expect(files.filter((name) => name.includes('in-use-'))).toEqual([]);
  });

  it(
    'serves its own documentation, and answers from it',
    async () => {
      const env = { PORT: '0', DATA_DIR: join(folder.path, 'data') };
      const service = await run(['serve'], env);
      await service.shows('"event":"listening"', LIMIT_MS);
      const url = /"url":"([^"]+)"/.exec(service.output)?.[1] ?? '';
      const asked = await run(['ask', '--url', url, 'Which answers are cached?']);
      const { code, output, errors } = await asked.end();
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output).toContain('docs/answering.md');
      service.child.kill('SIGTERM');
      expect((await service.end()).code).toBe(0);
    },
    LIMIT_MS,
  );
});
