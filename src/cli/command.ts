import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { ConfigError } from '../config/load-config.ts';

/** Adds the options of a command that calls a running service: ServiceOptions. */
export function addServiceOptions(command: Command): Command {
  return command
    .option('--url <url>', 'a running failsoft (default: where the environment says it listens)')
    .option(
      '--header <header>',
      "a header 'Name: value' of every call, may be repeated; CLIENT_HEADERS keeps secrets out of the process list",
      (header: string, before: string[]) => [...before, header],
      [],
    );
}

/** Runs a command. Prints a failure to stderr, and sets the exit code 1. */
export async function runCommand(run: () => Promise<unknown>, describe = describeFailure): Promise<void> {
  try {
    await run();
  } catch (error) {
    process.exitCode = 1;
    const lines = error instanceof ConfigError ? error.faults : [describe(error)];
    for (const line of lines) process.stderr.write(`${line}\n`);
  }
}

/** A failure on one line: the message and the system's error code, if it has one. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? `${error.message} (${code})` : error.message;
}

/** Creates a progress bar that disappears at the end. */
export function createProgressBar(unit: string): SingleBar {
  return new SingleBar({
    format: `{bar} {value}/{total} ${unit}, {eta_formatted} left`,
    clearOnComplete: true,
  });
}
