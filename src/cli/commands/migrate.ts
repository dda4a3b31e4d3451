import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { systemClock } from '../../resilience/time/clock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { addJsonOption, ExitCode, type OutputOptions } from '../command.ts';
import { print, writeError } from '../terminal.ts';

const HELP = `
The service applies them itself when it starts: this does it beforehand.

Environment:
  DATABASE_URL, DATABASE_SCHEMA
                        the database (without: the embedded one in DATA_DIR)`;

/** `failsoft migrate`: applies the missing migrations and prints a line for each. */
export function addMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .summary('apply missing migrations of the database')
    .description('Applies the missing migrations of the database.');
  addJsonOption(command).addHelpText('after', HELP).action(migrate);
}

async function migrate({ json }: OutputOptions): Promise<void> {
  const { database, logLevel } = loadConfig();
  const { applyMigrations } = await import('../../postgres/migrations/apply-migrations.ts');
  const { openConnections } = await import('../../postgres/open-postgres.ts');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  try {
    const { connections, close } = await openConnections(database, systemClock, createLogger(logLevel));
    try {
      const names = await applyMigrations(connections, stop.signal);
      const lines = names.map((name) => `applied ${name}`);
      print(json, { applied: names }, () => lines.join('\n') || 'nothing to apply');
    } finally {
      await close();
    }
  } catch (error) {
    const { message, cause } = error as Error;
    writeError(cause instanceof Error ? `${message}: ${cause.message}` : message);
    process.exitCode = ExitCode.failed;
  }
}
