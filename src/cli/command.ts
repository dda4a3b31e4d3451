import { SingleBar } from 'cli-progress';
import { CommanderError, InvalidArgumentError, type Command } from 'commander';
import { ConfigError } from '../config/load-config.ts';
import { UsageError } from './service-failure.ts';
import { writeError } from './terminal.ts';

/** How a command ends. docs/command-line.md lists the same codes. */
export const ExitCode = { failed: 1, usage: 2, degraded: 3, down: 4 } as const;

/** What a command that prints for programs too takes. */
export interface OutputOptions {
  json?: boolean;
}

/** Adds the options of a command that calls a running service: ServiceOptions. */
export function addServiceOptions(command: Command): Command {
  return command
    .optionsGroup('Service:')
    .option('--url <url>', 'a running failsoft (default: where the environment says it listens)')
    .option(
      '--header <header>',
      "a header 'Name: value' of every call, may be repeated; CLIENT_HEADERS keeps secrets out of the process list",
      collect,
    )
    .optionsGroup('Options:');
}

/** Adds `--json`: OutputOptions. */
export function addJsonOption(command: Command, description = 'print JSON'): Command {
  return command.option('--json', description);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Parses an option that is a whole number between two bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`must be ${min} to ${max}`);
  };
}

/** Splits `key=value`. @throws InvalidArgumentError */
export function splitPair(pair: string): [key: string, value: string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new InvalidArgumentError(`'${pair}' must be key=value`);
}

/**
 * Runs a command to its end and sets the exit code. A failure is printed to stderr. A reader of the output who has enough,
 * such as `head`, ends the command.
 */
export async function runCommand(run: () => Promise<unknown>): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      if (stream === process.stdout) writeError(`the output cannot be written (${error.code})`);
      process.exit(ExitCode.failed);
    });
  try {
    await run();
  } catch (error) {
    // Commander has printed its own errors, and a help that was asked for is none.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : ExitCode.usage;
      return;
    }
    process.exitCode = error instanceof UsageError ? ExitCode.usage : ExitCode.failed;
    const lines = error instanceof ConfigError ? error.faults : [describeFailure(error)];
    for (const line of lines) writeError(line);
  }
}

/** A failure on one line: the message and the system's error code, if it has one. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `${error.message} (${code})` : error.message;
}

/** Creates a progress bar on stderr that disappears at the end, and is not shown where that is no terminal. */
export function createProgressBar(unit: string): SingleBar {
  return new SingleBar({
    format: `{bar} {value}/{total} ${unit}, {eta_formatted} left`,
    clearOnComplete: true,
    // Its own handler of Ctrl-C would only end the bar.
    gracefulExit: false,
  });
}
