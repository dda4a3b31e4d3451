import { loadConfig } from '../config/load-config.ts';
import { systemClock } from '../resilience/time/clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { applyMigrations } from '../postgres/migrations/apply-migrations.ts';
import { openConnections } from '../postgres/open-postgres.ts';
import { runCommand } from './command.ts';

/** Applies the missing migrations and prints a line for each. The exit code is 1 after a failure. */
async function main(): Promise<void> {
  const { database, logLevel } = loadConfig();
  const { connections, close } = await openConnections(database, systemClock, createLogger(logLevel));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    const names = await applyMigrations(connections, stop.signal);
    for (const name of names) process.stdout.write(`applied ${name}\n`);
    if (names.length === 0) process.stdout.write('nothing to apply\n');
  } finally {
    await close();
  }
}

await runCommand(main, describe);

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
