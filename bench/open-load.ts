import autocannon from 'autocannon';
import { newQuestions } from './new-questions.ts';
import { ask, cpuSeconds, ingest } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { ADMIN_TOKEN, openCircuits } from './open-circuits.ts';
import type { Row } from './report.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { startServer, startService } from './service-process.ts';

const DOCUMENTS = 40;
const FAILURES = 5;
const WANTED_PER_SECOND = 1_000;
const CONNECTIONS = 20;
const SECONDS = 5;
const WARM_UP_SECONDS = 1;

interface Load {
  perSecond: number;
  /** Of one core, 0–1 and more. */
  cpuShare: number;
  p50: number;
  p99: number;
}

/** What 1,000 questions a second cost, none like another, while circuits are open; against a route that does nothing. */
export async function benchmarkOpenLoad(signal: AbortSignal): Promise<Row[]> {
  await using database = await chooseDatabase();
  const refused = [await findFreePort(), await findFreePort()];
  const env = {
    ...database.env,
    GENERATION_TARGETS: refused
      .map((port, index) => `http://127.0.0.1:${port}/v1?model=none&name=target_${index}`)
      .join(),
    CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300',
    ADMIN_TOKEN,
  };
  await using service = await startService(env, signal);
  const corpus = new Corpus(DOCUMENTS);
  await ingest(service.url, corpus.documents, signal);
  for (let index = 0; index < FAILURES; index++) await ask(service.url, corpus.question(), signal);
  const { body } = await ask(service.url, corpus.question(), signal);
  if (body.metadata?.fallback_reason !== 'circuit_breaker_open_no_cache')
    throw new Error('the circuits are not open');
  await using bare = await startServer('bench/bare-route.ts', { BODY: JSON.stringify(body) }, signal);

  const idle = await load(bare.url, corpus, '2xx');
  const excerpts = await load(service.url, corpus, '2xx');
  await openCircuits(service.url, signal);
  const nothing = await load(service.url, corpus, '5xx');
  const row = (what: string, { perSecond, cpuShare, p50, p99 }: Load): Row => ({
    what,
    value: `${perSecond.toFixed(0)} /s with ${(cpuShare * 100).toFixed(0)} % of a core, p50 ${p50} ms, p99 ${p99} ms`,
    ratio: (cpuShare / perSecond / (idle.cpuShare / idle.perSecond)).toFixed(2),
  });
  return [
    row('a bare Nest and Fastify route with the body of the next line', idle),
    row('every model’s circuit open: excerpts', excerpts),
    row('every circuit open, the database’s too: 503', nothing),
  ];
}

async function load(url: string, corpus: Corpus, status: '2xx' | '5xx'): Promise<Load> {
  await run(url, corpus, WARM_UP_SECONDS);
  const cpuBefore = await cpuSeconds(url);
  const startedAt = performance.now();
  const result = await run(url, corpus, SECONDS);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuShare = ((await cpuSeconds(url)) - cpuBefore) / seconds;
  if (result.errors > 0 || result[status] !== result.requests.total)
    throw new Error(`not every request ended with ${status}`);
  const { p50, p99 } = result.latency;
  return { perSecond: result.requests.total / result.duration, cpuShare, p50, p99 };
}

function run(url: string, corpus: Corpus, duration: number): Promise<autocannon.Result> {
  return autocannon({
    ...newQuestions(url, corpus),
    connections: CONNECTIONS,
    duration,
    overallRate: WANTED_PER_SECOND,
    // A server that falls behind is shown by what it reaches.
    ignoreCoordinatedOmission: true,
  });
}
