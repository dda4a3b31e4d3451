import { setTimeout as sleep } from 'node:timers/promises';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { ask, ingest, send } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { showQuantiles } from './measure.ts';
import { percentile } from '../src/cli/ranking.ts';
import type { Row } from './report.ts';
import { startService } from './service-process.ts';

const DOCUMENTS = 500;
/** Answered before the model fails: the semantic cache looks through them for each question after that. */
const KEPT_QUESTIONS = 600;
const QUESTIONS = 1_000;
const WARM_UP = 100;
const LIMIT_MS = 60_000;
const POLL_MS = 50;
/** As many passages as a question looks at. */
const CANDIDATES = 24;
const BUDGET_MS = 2;
const CACHED_BUDGET_MS = 5;

/**
 * Excerpts while the circuit is open against retrieval alone. Both are asked in turn, one at a time, and never the same
 * question twice, so that no cache helps; but every one is looked for in the semantic cache. At last those that were
 * answered before are asked again, after the documents have changed.
 */
export async function benchmarkExcerpts(signal: AbortSignal): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await chooseDatabase());
  const model = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => model.stop());
  const env = {
    ...database.env,
    GENERATION_TARGETS: `${model.url}/v1?model=fake`,
    CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300',
  };
  await using service = await startService(env, signal);
  const corpus = new Corpus(DOCUMENTS);
  await ingest(service.url, corpus.documents, signal);
  const kept = Array.from({ length: KEPT_QUESTIONS }, () => corpus.question());
  for (const question of kept) await ask(service.url, question, signal);
  await model.stop();
  await untilKept(service.url, kept.at(-1) ?? '', signal);

  const retrieve = async () => {
    const body = { query: corpus.question(), top_k: CANDIDATES };
    const { body: found, ms } = await send<{ retrieval: string }>(`${service.url}/search`, body, signal);
    if (found.retrieval !== 'hybrid') throw new Error(`the search was ${found.retrieval}`);
    return ms;
  };
  const degrade = async () => {
    const { body, ms } = await ask(service.url, corpus.question(), signal);
    return { ms, reason: body.metadata?.fallback_reason };
  };
  for (let index = 0; index < WARM_UP; index++) {
    await retrieve();
    await degrade();
  }

  const healthy: number[] = [];
  const degraded: number[] = [];
  const endsAt = performance.now() + LIMIT_MS;
  while (degraded.length < QUESTIONS && performance.now() < endsAt) {
    healthy.push(await retrieve());
    const { ms, reason } = await degrade();
    if (reason !== 'circuit_breaker_open_no_cache') throw new Error(`the circuit is not open: ${reason}`);
    degraded.push(ms);
  }
  // Another document: no answer is fresh any more.
  await ingest(service.url, [{ id: 'late', text: 'The last one.' }], signal);
  const stale: number[] = [];
  for (const question of kept) {
    const { body, ms } = await ask(service.url, question, signal);
    const { fallback_source: source } = body.metadata ?? {};
    if (source !== 'l1_cache') throw new Error(`the answer is not the last one but of ${source}`);
    stale.push(ms);
  }
  return show(healthy, degraded, stale);
}

/** Answers are kept in their order, and nobody waits for it. */
async function untilKept(url: string, question: string, signal: AbortSignal): Promise<void> {
  const similar = question.toUpperCase();
  while ((await ask(url, similar, signal)).body.metadata?.matched_question !== question)
    await sleep(POLL_MS, undefined, { signal });
}

function show(healthy: number[], degraded: number[], stale: number[]): Row[] {
  const extra = percentile(degraded, 0.99) - percentile(healthy, 0.99);
  const ratio = percentile(degraded, 0.99) / percentile(healthy, 0.99);
  return [
    {
      what: `hybrid retrieval of ${CANDIDATES} passages (${healthy.length} questions)`,
      value: showQuantiles(healthy),
      ratio: '1',
    },
    {
      what: `excerpts with the circuit open (${degraded.length} questions)`,
      value: showQuantiles(degraded),
      ratio: ratio.toFixed(2),
      budget: `p99 + ${BUDGET_MS} ms`,
      met: extra <= BUDGET_MS,
    },
    {
      what: `the last answer, stale, with the circuit open (${stale.length} questions)`,
      value: showQuantiles(stale),
      budget: `p99 < ${CACHED_BUDGET_MS} ms`,
      met: percentile(stale, 0.99) < CACHED_BUDGET_MS,
    },
  ];
}
