import { parseArgs } from 'node:util';
import type { SearchScope } from '../src/postgres/search/search.repository.ts';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import { BareSearch } from './bare-search.ts';
import { ask, send } from './client.ts';
import { readDataSet, type DataQuestion, type DataSet } from './data-set.ts';
import { FILTERS, LARGE, LargeCorpus, SMALL } from './large-corpus.ts';
import { measureRecall } from './recall.ts';
import { median, showQuantiles } from './measure.ts';
import { percentile } from '../src/cli/ranking.ts';
import { toTable, writeReport } from './report.ts';
import { interruption, startService } from './service-process.ts';

const QUESTIONS = 300;
const EXACT_QUESTIONS = 40;
const WARM_UP = 200;
/** As many passages as a question looks at. */
const LIMIT = 24;
/** What the service may add to the searches and the model, and among how many chunks. */
const OWN_BUDGET = { chunks: 100_000, p50Ms: 5, p99Ms: 15 };
const SCOPES: [name: string, scope: Omit<SearchScope, 'limit'>][] = [
  ['all but 1 %', { tenantId: LARGE, filter: {} }],
  ['a tenant of 1 %', { tenantId: SMALL, filter: {} }],
  ...Object.entries(FILTERS).map(([share, filter]): (typeof SCOPES)[number] => [
    `a filter that ${share} % pass`,
    { tenantId: LARGE, filter },
  ]),
];

/** What a reader must know beside the tables. */
const NOTE = `A chunk has four sentences, and a vector has 512 dimensions. One tenant has all but 1 % of the chunks. Recall is measured
over ${EXACT_QUESTIONS} questions against comparing all vectors. The budgets hold for ${OWN_BUDGET.chunks.toLocaleString('en')} chunks: a recall of 0.95, full
text below 30 ms at p50, and ${OWN_BUDGET.p50Ms} ms at p50 and ${OWN_BUDGET.p99Ms} ms at p99 for the service’s own time.

The service’s own time is the time of a generated answer without the time of the model, minus the time of the same two
searches over plain connections in the same run, quantile by quantile. The searches are subtracted because the full text of
this corpus alone may take six times the budget. Both are measured when the database has just read what the question needs.`;

/** Lines of the three tables. */
interface Tables {
  speed: string[][];
  storage: string[][];
  service: string[][];
}

/** Searches, their recall and their cost at several sizes on native Postgres; reports what is there after each. */
async function measure(
  set: DataSet,
  sizes: number[],
  report: (tables: Tables) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const tables: Tables = { speed: [], storage: [], service: [] };
  await using corpus = await LargeCorpus.create(set);
  const questions = spread(set.questions, QUESTIONS);
  const vectors = await corpus.embed(
    questions.map(({ text }) => text),
    signal,
  );
  for (const size of sizes) {
    const costs = await corpus.growTo(size, signal);
    tables.storage.push([
      String(size),
      ...(await readSizes(corpus)),
      `${costs.textMs.toFixed(2)} ms`,
      `${costs.vectorMs.toFixed(2)} ms`,
      `${costs.indexSeconds.toFixed(0)} s`,
    ]);
    for (const [name, scope] of SCOPES) {
      const asked = { ...scope, limit: LIMIT };
      const words = await timeEach(questions, ({ text }) =>
        corpus.search.searchText(text, asked, undefined, signal),
      );
      const meaning = await timeEach(vectors, (embedding) =>
        corpus.search.searchVector({ model: corpus.model, embedding }, asked, signal),
      );
      const recall = await measureRecall(corpus, spread(vectors, EXACT_QUESTIONS), scope, signal);
      tables.speed.push([
        String(size),
        name,
        showQuantiles(words),
        showQuantiles(meaning),
        recall.toFixed(3),
      ]);
    }
    const service = await measureService(corpus, size, questions, signal).catch((error: unknown) => [
      // The rest took too long to be thrown away.
      `**failed**: ${error instanceof Error ? error.message : 'unknown'}`,
      '',
      '',
      '',
      '',
    ]);
    tables.service.push([String(size), ...service]);
    await report(tables);
  }
}

/**
 * The whole service over HTTP: hybrid search, and a generated answer without the time that the model took; and the same
 * searches without the service, before and after the answer in turn.
 */
async function measureService(
  corpus: LargeCorpus,
  size: number,
  questions: DataQuestion[],
  signal: AbortSignal,
): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const model = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => model.stop());
  const env = { DATABASE_URL: corpus.url, GENERATION_TARGETS: `${model.url}/v1?model=m&name=model` };
  const service = stack.use(await startService(env, signal));
  const bare = stack.use(await BareSearch.create(corpus));
  const scope = { tenantId: LARGE, filter: {}, limit: LIMIT };
  for (const { text } of questions.slice(0, WARM_UP)) {
    await ask(service.url, `${text} And when?`, signal);
    // New connections are several times slower at first, which would flatter the service.
    await bare.time(`${text} And when?`, scope, signal);
  }
  const found: number[] = [];
  const answered: number[] = [];
  const searched: number[] = [];
  for (const [index, { text }] of questions.entries()) {
    const reply = await send<{ retrieval: string }>(
      `${service.url}/search`,
      { query: text, top_k: LIMIT },
      signal,
    );
    if (reply.body.retrieval !== 'hybrid') throw new Error(`the search was ${reply.body.retrieval}`);
    found.push(reply.ms);
    // Another question, of which no part is remembered; the database has read what it needs for it, whoever comes first.
    const question = `${text} And why?`;
    await bare.time(question, scope, signal);
    const steps = [
      async () => searched.push(await bare.time(question, scope, signal)),
      async () => answered.push(await timeAnswer(service.url, question, signal)),
    ];
    for (const step of index % 2 === 0 ? steps : steps.toReversed()) await step();
  }
  return [found, answered, searched].map(showQuantiles).concat(judgeOwn(size, answered, searched));
}

/** @returns the milliseconds to a generated answer without those in which the model was waited for */
async function timeAnswer(url: string, question: string, signal: AbortSignal): Promise<number> {
  const { body, headers, ms } = await ask(url, question, signal);
  const generateMs = /\bgenerate;dur=([\d.]+)/.exec(headers.get('server-timing') ?? '')?.[1];
  if (body.metadata?.target !== 'model' || generateMs === undefined)
    throw new Error('the answer was not generated');
  return ms - Number(generateMs);
}

/** What the service adds to the searches, and whether that keeps the budget where there is one. */
function judgeOwn(size: number, answered: number[], searched: number[]): string[] {
  const p50 = median(answered) - median(searched);
  const p99 = percentile(answered, 0.99) - percentile(searched, 0.99);
  const shown = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  if (size !== OWN_BUDGET.chunks) return [shown, ''];
  return [shown, p50 <= OWN_BUDGET.p50Ms && p99 <= OWN_BUDGET.p99Ms ? 'yes' : '**no**'];
}

async function timeEach<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (const item of items) {
    const startedAt = performance.now();
    await run(item);
    samples.push(performance.now() - startedAt);
  }
  return samples;
}

async function readSizes({ database, model }: LargeCorpus): Promise<string[]> {
  const [row] = await database.query<Record<string, number>>(
    `SELECT pg_total_relation_size('chunk_terms') + pg_total_relation_size('terms') AS text,
            pg_table_size('chunk_embeddings') AS vectors,
            pg_relation_size('chunk_embeddings_model_${model.id}') AS index`,
  );
  return ['text', 'vectors', 'index'].map((name) => `${Math.round(Number(row?.[name]) / 2 ** 20)} MiB`);
}

function show({ speed, storage, service }: Tables): string {
  return [
    NOTE,
    toTable(['Chunks', 'Searched', 'Full text', 'Vectors', 'Recall@10 of vectors'], speed),
    toTable(
      [
        'Chunks',
        'Hybrid, `POST /search`',
        '`POST /query` without the model’s time',
        'Its searches alone',
        'The service’s own',
        `Kept (p50 ≤ ${OWN_BUDGET.p50Ms} ms, p99 ≤ ${OWN_BUDGET.p99Ms} ms)`,
      ],
      service,
    ),
    toTable(
      [
        'Chunks',
        'Full text',
        'Vectors',
        'Their index',
        'To store a chunk',
        'and its vector',
        'To make the index',
      ],
      storage,
    ),
  ].join('\n\n');
}

/** At most `count` of the items, spread evenly. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, index) => index % step === 0).slice(0, count);
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    chunks: { type: 'string', multiple: true, default: ['10000', '100000', '1000000'] },
  },
});
if (values.data === undefined) {
  process.stderr.write('usage: TEST_DATABASE_URL=… npm run bench:scale -- --data FOLDER [--chunks N]…\n');
  process.exitCode = 2;
} else {
  const command = `TEST_DATABASE_URL=… npm run bench:scale -- --data …/${values.data.split('/').filter(Boolean).at(-1)}`;
  const report = (tables: Tables) => writeReport('Search by size, native Postgres', command, show(tables));
  await measure(await readDataSet(values.data), values.chunks.map(Number), report, interruption());
}
