import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { evaluateSet, type Progress } from './evaluation.ts';
import { showEvaluation, type Evaluation } from './evaluation-table.ts';
import { interruption } from './service-process.ts';

const command = new Command('eval')
  .description('Measures retrieval and excerpts on folders with docs.jsonl and queries.jsonl.')
  .requiredOption('--data <folder...>', 'the sets')
  .option('--database <url>', 'a PostgreSQL server on which databases may be made (default: embedded)')
  .option('--limit <questions>', 'ask so many of each set, spread evenly', Number, Infinity)
  .option('--out <folder>', 'where evaluation.json and evaluation.md are written', join('data', 'evaluation'))
  .parse();
const options = command.opts<{ data: string[]; database?: string; limit: number; out: string }>();
const signal = interruption();
const evaluation: Evaluation = {};

for (const folder of options.data) {
  const name = basename(folder);
  const bar = new SingleBar({
    format: `${name}: {part} {bar} {value}/{total}, {eta_formatted} left`,
    clearOnComplete: true,
  });
  const progress: Progress = {
    begin(part, total) {
      bar.stop();
      bar.start(total, 0, { part });
    },
    advance: (steps) => bar.increment(steps),
  };
  try {
    evaluation[name] = await withDatabase((databaseUrl) =>
      evaluateSet(folder, { maxQuestions: options.limit, databaseUrl, progress, signal }),
    );
  } finally {
    bar.stop();
  }
}

const table = showEvaluation(evaluation);
process.stdout.write(`${table}\n`);
await mkdir(options.out, { recursive: true });
await writeFile(join(options.out, 'evaluation.json'), `${JSON.stringify(evaluation, showMaps, 2)}\n`);
await writeFile(join(options.out, 'evaluation.md'), `${table}\n`);

/** Works on a fresh database: a native one, dropped at the end, when a server is named. */
async function withDatabase<T>(work: (databaseUrl: string | undefined) => Promise<T>): Promise<T> {
  if (options.database === undefined) return work(undefined);
  // Read by the module when it is loaded.
  process.env['TEST_DATABASE_URL'] = options.database;
  const { createNativeDatabase } = await import('../test/support/postgres/native-postgres.ts');
  await using stack = new AsyncDisposableStack();
  const database = await createNativeDatabase();
  stack.defer(() => database.drop());
  return await work(database.url);
}

/** JSON has no maps. */
function showMaps(_: string, value: unknown): unknown {
  return value instanceof Map ? (Object.fromEntries(value) as unknown) : value;
}
