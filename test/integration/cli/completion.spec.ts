import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../support/cli/running-command.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { describeWithShells } from '../../support/requirements.ts';

let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;

beforeAll(async () => {
  folder = await makeTemporaryFolder();
});

afterAll(() => folder.remove());

/** Writes the script of a shell into a file. */
async function writeScript(shell: string): Promise<string> {
  const { code, output, errors } = await runCommand(['completion', shell]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const file = join(folder.path, `script.${shell}`);
  await writeFile(file, output);
  return file;
}

/** Runs a line of a shell and gives the words it writes. */
function run(shell: string, line: string): string[] {
  const { status, stdout, stderr } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split(/\s+/).filter((word) => word !== '');
}

describe('the completion of bash', () => {
  it('completes commands, options and choices where they may stand', async () => {
    const file = await writeScript('bash');
    const complete = (words: string) =>
      run(
        'bash',
        `source '${file}'; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _failsoft; echo "\${COMPREPLY[@]}"`,
      );
    expect(complete('failsoft d')).toEqual(['documents', 'drill']);
    expect(complete('failsoft guard force x h')).toEqual(['half-open']);
    expect(complete("failsoft guard force ''")).not.toContain('open');
    expect(complete('failsoft guard force --ttl 5 x h')).toEqual(['half-open']);
    expect(complete("failsoft eval --mode ''")).toEqual(['hybrid', 'vector', 'lexical']);
    expect(complete("failsoft status --url ''")).toEqual([]);
    expect(complete('failsoft status --w')).toEqual(['--watch']);
    expect(complete('failsoft eval --mode lex')).toEqual(['lexical']);
    expect(complete('failsoft ingest ./h')).toEqual([]);
  });

  it('is refused for a shell that is not known', async () => {
    expect(await runCommand(['completion', 'csh'])).toMatchObject({ code: 2, output: '' });
  });
});

describe('a help', () => {
  it('is as wide as a terminal of 80 columns at most', async () => {
    const { output } = await runCommand(['warm', '--help']);
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describeWithShells('the completion of zsh and fish', () => {
  it('is a script that zsh can read, and completes there', async () => {
    const file = await writeScript('zsh');
    expect(run('zsh', `emulate zsh; zsh -n '${file}'`)).toEqual([]);
    const complete = (words: string) =>
      run(
        'zsh',
        `compdef() { }; source '${file}'; _describe() { print -l -- \${items%%:*} }; words=(${words}); CURRENT=\${#words}; _failsoft`,
      );
    expect(complete("failsoft guard force --ttl 5 x ''")).toContain('half-open');
    expect(complete("failsoft guard force ''")).not.toContain('half-open');
    expect(complete("failsoft eval --mode ''")).toEqual(['hybrid', 'vector', 'lexical']);
  });

  it('completes in fish', async () => {
    const file = await writeScript('fish');
    const complete = (line: string) => run('fish', `source '${file}'; complete -C '${line}' | cut -f 1`);
    expect(complete('failsoft d')).toEqual(['documents', 'drill']);
    expect(complete('failsoft guard force x h')).toContain('half-open');
    expect(complete('failsoft status --w')).toEqual(['--watch']);
    expect(complete('failsoft eval --mode ')).toEqual(['hybrid', 'lexical', 'vector']);
    expect(complete(`failsoft warm ${folder.path}/script.f`)).toEqual([`${folder.path}/script.fish`]);
  });
});
