import { ask, ingest, residentBytes } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { ServiceHeap } from './heap.ts';
import { PacedModel, type Pace } from './paced-model.ts';
import type { Row } from './report.ts';
import { startService } from './service-process.ts';
import { openStreams } from './stream-client.ts';

const DOCUMENTS = 40;
const WARM_UP = 300;
const STREAMS = 1_000;
const TOKENS = 40;
const GAP_MS = 500;
const SAMPLE_EVERY_MS = 250;
const LIMIT_MS = '300000';
const MIB = 1_048_576;
const BUDGET_MIB = 300;

/** Memory of the service while 1,000 streams wait for their model, and while all of them speak. */
export async function benchmarkManyStreams(signal: AbortSignal): Promise<Row[]> {
  await using database = await chooseDatabase();
  const pace: Pace = { tokens: TOKENS };
  await using model = await PacedModel.start(pace);
  const heap = await ServiceHeap.choose();
  const env = {
    ...database.env,
    ...heap.env,
    GENERATION_TARGETS: model.target,
    GENERATION_MAX_CONCURRENT: String(STREAMS),
    QUERY_DEADLINE_MS: '600000',
    GENERATION_FIRST_TOKEN_TIMEOUT_MS: LIMIT_MS,
    GENERATION_PATIENCE_MS: LIMIT_MS,
  };
  await using service = await startService(env, signal);
  const { url } = service;
  const corpus = new Corpus(DOCUMENTS);
  await ingest(url, corpus.documents, signal);
  for (let index = 0; index < WARM_UP; index++) await ask(url, corpus.question(), signal);

  const { resident: idle } = await heap.measure(signal);
  const { promise, resolve: release } = Promise.withResolvers<void>();
  Object.assign(pace, { beforeFirst: () => promise, gapMs: GAP_MS });
  const open = await openStreams(url, STREAMS, () => corpus.question(), signal);
  const waiting = await residentBytes(url);
  let speaking = 0;
  const sample = async () => (speaking = Math.max(speaking, await residentBytes(url).catch(() => 0)));
  const timer = setInterval(() => void sample(), SAMPLE_EVERY_MS);
  release();
  const ends = await Promise.all(open).finally(() => clearInterval(timer));
  const answered = ends.filter(({ target }) => target !== null).length;
  const row = (what: string, bytes: number, isJudged: boolean): Row => {
    const added = (bytes - idle) / MIB;
    return {
      what,
      value: `${(bytes / MIB).toFixed(0)} MiB`,
      ratio: (bytes / idle).toFixed(2),
      ...(isJudged && { budget: `idle + ${BUDGET_MIB} MiB`, met: added < BUDGET_MIB }),
    };
  };
  return [
    row('idle', idle, false),
    row(`${STREAMS} streams that wait for the model`, waiting, true),
    row(`${STREAMS} streams that speak, at most`, speaking, true),
    {
      what: `of ${STREAMS} streams, ended with the model’s answer`,
      value: String(answered),
      budget: 'all',
      met: answered === STREAMS,
    },
  ];
}
