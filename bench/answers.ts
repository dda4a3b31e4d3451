import { parseArgs } from 'node:util';
import { FakeHuggingFace } from '../test/support/fake-hugging-face.ts';
import { ingest, send, type AnswerBody } from './client.ts';
import { readDataSet, type DataQuestion } from './data-set.ts';
import { toTable, writeReport } from './report.ts';
import { interruption, makeTemporaryFolder, startService } from './service-process.ts';
import { rungOf, Tally, TALLY_HEAD } from './tally.ts';

const BATCH = 40;
const NOTHING = 'nothing (503)';

/** Asks every question of a data set with the model up and with the model refused, on one database. */
async function measureAnswers(folder: string, databaseUrl: string | undefined, signal: AbortSignal) {
  const { documents, questions } = await readDataSet(folder);
  await using stack = new AsyncDisposableStack();
  const dataDir = stack.use(await makeTemporaryFolder());
  const model = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => model.stop());
  const env = {
    DATA_DIR: dataDir.path,
    GENERATION_TARGETS: `${model.url}/v1?model=fake`,
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  };
  const lines: string[][] = [];
  const askAll = async (when: string, url: string) => {
    for (const cells of await tally(url, questions, signal)) lines.push([when, ...cells]);
  };
  {
    await using service = await startService(env, signal);
    for (let from = 0; from < documents.length; from += BATCH)
      await ingest(service.url, documents.slice(from, from + BATCH), signal);
    await askAll('model up', service.url);
    await askAll('asked again', service.url);
    await model.stop();
    // What is known of the text stays the same, but answers from before are no longer fresh.
    const changed = documents.slice(0, 1).map((document) => ({ ...document, metadata: { edition: 2 } }));
    await ingest(service.url, changed, signal);
    await askAll('model refused, a document changed', service.url);
  }
  await using service = await startService(env, signal);
  await askAll('model refused, service restarted', service.url);
  return lines;
}

/** One line per rung that answered. */
async function tally(url: string, questions: DataQuestion[], signal: AbortSignal): Promise<string[][]> {
  const tallies = new Map<string, Tally>();
  for (const question of questions) {
    const reply = await send<AnswerBody>(`${url}/query`, { query: question.text }, signal);
    const answered = reply.status === 200;
    if (!answered && reply.status !== 503) throw new Error(`POST /query gave ${reply.status}`);
    const rung = answered ? rungOf(reply.body) : NOTHING;
    const known = tallies.get(rung) ?? new Tally(rung);
    known.add(question, answered ? reply : { ...reply, body: { answer: '', sources: [], metadata: null } });
    tallies.set(rung, known);
  }
  return [...tallies.values()].map((known) => known.toCells());
}

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) {
  process.stderr.write('usage: npm run bench:answers -- --data FOLDER\n');
  process.exitCode = 2;
} else {
  const signal = interruption();
  const name = values.data.split('/').filter(Boolean).at(-1);
  const command = `npm run bench:answers -- --data …/${name}`;
  const head = ['When', ...TALLY_HEAD];
  const embedded = await measureAnswers(values.data, undefined, signal);
  await writeReport(`Answers on ${name}, embedded Postgres`, command, toTable(head, embedded));
  if (process.env['TEST_DATABASE_URL']) {
    const { createNativeDatabase } = await import('../test/support/native-postgres.ts');
    await using stack = new AsyncDisposableStack();
    const database = await createNativeDatabase();
    stack.defer(() => database.drop());
    const native = await measureAnswers(values.data, database.url, signal);
    await writeReport(
      `Answers on ${name}, native Postgres`,
      `TEST_DATABASE_URL=… ${command}`,
      toTable(head, native),
    );
  }
}
