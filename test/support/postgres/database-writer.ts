import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { openConnections } from '../../../src/postgres/open-postgres.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { createDatabase, silentLogger } from './database.ts';

/**
 * A process of its own, to be killed. It opens the embedded database in the folder of the first argument, prints
 * `open` and `migrated`, then writes the numbers from that of the second argument on, one by one, and prints each
 * once it is committed.
 */
const [dataDir = '', from = '0'] = process.argv.slice(2);
const { connections } = await openConnections(
  { url: undefined, schema: 'failsoft', dataDir, timeoutMs: 10_000 },
  systemClock,
  silentLogger,
);
print('open');
await applyMigrations(connections, new AbortController().signal);
print('migrated');
const { database } = createDatabase(connections);
await database.query('CREATE TABLE IF NOT EXISTS written (n int PRIMARY KEY, filler text NOT NULL)');
for (let n = Number(from); ; n++) {
  await database.transaction(async (tx) => {
    await tx.query('INSERT INTO written VALUES ($1, repeat($2, 500))', [n, `${n} `]);
    await tx.query('UPDATE written SET filler = filler WHERE n = $1', [n - 1]);
  });
  print(String(n));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
