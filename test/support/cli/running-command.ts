import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';

const HOOK = new URL('../service/decorators-hook.ts', import.meta.url).href;
const COMMAND = fileURLToPath(new URL('../../../src/cli/failsoft.ts', import.meta.url));

/** How a command ended, and what it wrote. */
export interface CommandResult {
  code: number | null;
  output: string;
  errors: string;
}

/** `failsoft` in a process of its own, from its sources. */
export class RunningCommand {
  output = '';
  errors = '';
  private readonly closed: Promise<unknown>;

  /** @param env all it is configured by, beside the path of programs */
  constructor(
    args: string[],
    env: Record<string, string> = {},
    readonly child: ChildProcess = spawnCommand(args, env),
  ) {
    this.closed = once(child, 'close');
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
  }

  /** Waits until it has written that text. */
  shows(text: string, limitMs?: number): Promise<void> {
    return until(`the command shows ${text}`, () => this.output.includes(text), limitMs);
  }

  /** Waits until it has ended. */
  async end(): Promise<CommandResult> {
    await this.closed;
    return { code: this.child.exitCode, output: this.output, errors: this.errors };
  }
}

function spawnCommand(
  args: string[],
  env: Record<string, string>,
  stdout: 'pipe' | number = 'pipe',
): ChildProcess {
  return spawn(process.execPath, ['--import', HOOK, COMMAND, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', stdout, 'pipe'],
  });
}

/** Runs a command whose output goes into a file that is open. */
export function runInto(stdout: number, args: string[]): Promise<CommandResult> {
  return new RunningCommand([], {}, spawnCommand(args, {}, stdout)).end();
}

/** Runs a command on a terminal of that width. Its lines end with carriage return and line feed, and errors are among its output. */
export function runOnTerminal(
  args: string[],
  columns: number,
  env: Record<string, string> = {},
): RunningCommand {
  const quoted = [process.execPath, '--import', HOOK, COMMAND, ...args].map((word) => `'${word}'`);
  const line = `stty cols ${columns} rows 24; exec ${quoted.join(' ')}`;
  const child = spawn('script', ['-q', '-f', '-e', '-c', line, '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
  });
  return new RunningCommand([], {}, child);
}

/** Runs a command to its end. */
export function runCommand(
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
): Promise<CommandResult> {
  const command = new RunningCommand(args, env);
  command.child.stdin?.end(input);
  return command.end();
}
