import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { formsOf } from './asked.ts';
import { ask, cpuSeconds, ingest } from './client.ts';
import { readDataSet } from './data-set.ts';
import { showQuantiles } from './measure.ts';
import { writeReport, toResultTable, type Row } from './report.ts';
import { interruption, makeTemporaryFolder, startServer } from './service-process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REFUSED = 'http://127.0.0.1:4/v1?model=none';
const BATCH = 20;
/** Enough to open the circuit, and to compile what is measured. */
const WARM_UP = 60;
const ROUNDS = ['each question for the first time', 'the same questions again'];

const command = new Command('bench:degraded')
  .description(
    'Times degraded answers over a set with the circuit open; against another checkout that is built.',
  )
  .requiredOption('--data <folder>', 'the set')
  .option('--against <checkout>', 'the other checkout')
  .parse();
const { data, against } = command.opts<{ data: string; against?: string }>();
const signal = interruption();
const { documents, questions } = await readDataSet(data);
const asked = [...formsOf(questions)].flatMap(([form, all]) => (form === 'as the heading' ? [] : all));
const texts = asked.map(({ text }) => text);

await using stack = new AsyncDisposableStack();
const names = against === undefined ? ['this'] : ['the other', 'this'];
const services: { name: string; url: string }[] = [];
for (const name of names)
  services.push({ name, url: await start(name === 'this' ? ROOT : resolve(against ?? '')) });
const rows: Row[] = [];
for (const round of ROUNDS) rows.push(...(await measure(round)));
await writeReport(
  'Degraded answers over documentation',
  `npm run bench:degraded -- --data …/${basename(data)}`,
  toResultTable(rows),
);

/** Starts the service of a checkout over the set, with its circuit open. */
async function start(checkout: string): Promise<string> {
  const folder = stack.use(await makeTemporaryFolder());
  const main = join(checkout, 'dist/main.js');
  const env = { DATA_DIR: folder.path, SEED_DOCS: 'false', GENERATION_TARGETS: REFUSED };
  const timeout = { CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300' };
  const { url } = stack.use(await startServer(relative(ROOT, main), { ...env, ...timeout }, signal));
  for (let from = 0; from < documents.length; from += BATCH)
    await ingest(url, documents.slice(from, from + BATCH), signal);
  for (let index = 0; index < WARM_UP; index++)
    await ask(url, `Is this the warm-up number ${index}?`, signal);
  return url;
}

/** Asks every question of every service, in turn. The ratio is of processor time, which other work changes less. */
async function measure(round: string): Promise<Row[]> {
  const samples = services.map((service) => ({ ...service, ms: [] as number[] }));
  const before = await Promise.all(services.map(({ url }) => cpuSeconds(url)));
  for (const [index, text] of texts.entries())
    for (const { url, ms } of index % 2 === 0 ? samples : samples.toReversed()) {
      const reply = await ask(url, text, signal);
      if (reply.body.metadata?.fallback_source !== 'excerpts') throw new Error('the answer is no excerpts');
      ms.push(reply.ms);
    }
  const after = await Promise.all(services.map(({ url }) => cpuSeconds(url)));
  const cpuMs = after.map((seconds, index) => ((seconds - (before[index] ?? 0)) * 1_000) / texts.length);
  return samples.map(({ name, ms }, index) => ({
    what: `${name} checkout, ${round} (${ms.length} questions)`,
    value: `${showQuantiles(ms)}, ${(cpuMs[index] ?? 0).toFixed(1)} ms of processor time`,
    ratio: ((cpuMs[index] ?? 0) / (cpuMs[0] ?? 0)).toFixed(2),
  }));
}
