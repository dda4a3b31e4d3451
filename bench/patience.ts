import { setTimeout as sleep } from 'node:timers/promises';
import { ingest } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { FailingModel, type Trouble } from './failing-model.ts';
import { showQuantiles } from './measure.ts';
import { percentile } from '../src/cli/ranking.ts';
import { PacedModel } from './paced-model.ts';
import type { Row } from './report.ts';
import { startService } from './service-process.ts';
import { openStreams, type ReadStream } from './stream-client.ts';

/** All of them asked before the first one that hangs is answered around. */
const BURST = { everyMs: 40, questions: 40 };
/** Enough calls for a target's usual times. */
const KNOWN_CALLS = 50;
const DOCUMENTS = 40;
/** Streams with which the service learns what is usual, and streams that are then judged. */
const SLOW = { first: 50, streams: 1_000 };
const FIRST_TOKEN_MS = { least: 6_000, most: 10_000 };
const TOKENS = 20;

/** How long a question waits for its only target: one that hangs, one that stalls, and one that is always slow. */
export async function benchmarkPatience(signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [trouble, knownCalls, budgetMs] of [
    ['hangs', KNOWN_CALLS, 2_500],
    ['hangs', 0, 4_500],
    ['stalls midway', KNOWN_CALLS, 3_000],
  ] as const)
    rows.push(await measureTrouble(trouble, knownCalls, budgetMs, signal));
  return [...rows, ...(await measureSlow(signal))];
}

async function measureTrouble(
  trouble: Trouble,
  knownCalls: number,
  budgetMs: number,
  signal: AbortSignal,
): Promise<Row> {
  await using model = await FailingModel.start(false, signal, knownCalls);
  await model.fail(trouble);
  const ms = await model.askEvery(BURST.everyMs, BURST.questions, () => model.streamFailing());
  return {
    what: `one target that ${trouble}, its usual times ${knownCalls > 0 ? 'known' : 'unknown'} (${ms.length} streams)`,
    value: `${showQuantiles(ms)}, most ${Math.max(...ms).toFixed(0)} ms`,
    budget: `p99 ≤ ${budgetMs / 1_000} s`,
    met: percentile(ms, 0.99) <= budgetMs,
  };
}

async function measureSlow(signal: AbortSignal): Promise<Row[]> {
  await using database = await chooseDatabase();
  const { least, most } = FIRST_TOKEN_MS;
  await using model = await PacedModel.start({
    beforeFirst: () => sleep(least + Math.random() * (most - least)),
    gapMs: 20,
    tokens: TOKENS,
  });
  const env = {
    ...database.env,
    GENERATION_TARGETS: model.target,
    GENERATION_MAX_CONCURRENT: String(SLOW.streams),
    GENERATION_FIRST_TOKEN_TIMEOUT_MS: '20000',
  };
  await using service = await startService(env, signal);
  const corpus = new Corpus(DOCUMENTS);
  await ingest(service.url, corpus.documents, signal);
  const ask = async (count: number) =>
    Promise.all(await openStreams(service.url, count, () => corpus.question(), signal));
  const first = await ask(SLOW.first);
  const known = await ask(SLOW.streams);
  return [
    showSlow('the first streams of a target that is always slow', first),
    showSlow('streams of a target that is always slow', known),
  ];
}

function showSlow(what: string, streams: ReadStream[]): Row {
  const answered = streams.filter(({ target }) => target !== null).length;
  const offered = streams.filter(({ firstMs }) => firstMs.has('reset')).length;
  const ms = streams.map(({ firstMs }) => firstMs.get('token') ?? Number.NaN);
  return {
    what: `${what} (${streams.length})`,
    value: `${answered} with the model’s answer, ${offered} with excerpts before; first text ${showQuantiles(ms)}`,
    budget: 'all with the model’s',
    met: answered === streams.length,
  };
}
