import { SingleBar } from 'cli-progress';
import type { AppConfig } from '../config/app-config.ts';
import { ConfigError } from '../config/load-config.ts';

/** The option of commands that call a running service. */
export const URL_OPTION = [
  '--url <url>',
  'a running failsoft (default: where the environment says it listens)',
] as const;

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

/** The URL of a running service: the given one, else the one from HOST and PORT. */
export function serviceUrl(given: string | undefined, readConfig: () => AppConfig): string {
  if (given !== undefined) return given.replace(/\/+$/, '');
  const { host, port } = readConfig().http;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Creates a progress bar that disappears at the end. */
export function createProgressBar(unit: string): SingleBar {
  return new SingleBar({
    format: `{bar} {value}/{total} ${unit}, {eta_formatted} left`,
    clearOnComplete: true,
  });
}
