import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type * as appConfigModule from '../src/config/app-config.ts';
import type * as loadConfigModule from '../src/config/load-config.ts';
import type * as documentsModule from '../src/postgres/documents.repository.ts';
import type * as openPostgresModule from '../src/postgres/open-postgres.ts';
import type * as searchModule from '../src/postgres/search.repository.ts';
import type * as clockModule from '../src/resilience/clock.ts';
import type * as guardModule from '../src/resilience/guard.ts';
import { createNativeDatabase } from '../test/support/native-postgres.ts';
import { importBuilt } from './built.ts';
import { readDataSet, type DataSet } from './data-set.ts';
import { percentile } from './measure.ts';
import { toTable, writeReport } from './report.ts';
import { interruption } from './service-process.ts';

const CHUNKS_PER_DOCUMENT = 100;
const SENTENCES_PER_CHUNK = 6;
const QUESTIONS = 300;
const LIMIT = 24;
/** One tenant in a hundred documents, to see whether the others' chunks slow its searches down. */
const SMALL_SHARE = 100;

/** Full text on native Postgres at several sizes, on chunks put together from a set's sentences. */
async function measure(set: DataSet, sizes: number[], signal: AbortSignal): Promise<string[][]> {
  const { guardSettings } = await importBuilt<typeof appConfigModule>('config/app-config');
  const { loadConfig } = await importBuilt<typeof loadConfigModule>('config/load-config');
  const { DocumentsRepository } = await importBuilt<typeof documentsModule>('postgres/documents.repository');
  const { openPostgres } = await importBuilt<typeof openPostgresModule>('postgres/open-postgres');
  const { SearchRepository } = await importBuilt<typeof searchModule>('postgres/search.repository');
  const { systemClock } = await importBuilt<typeof clockModule>('resilience/clock');
  const { Guard } = await importBuilt<typeof guardModule>('resilience/guard');

  await using stack = new AsyncDisposableStack();
  const native = await createNativeDatabase();
  stack.defer(() => native.drop());
  const config = loadConfig({ DATABASE_URL: native.url, DATABASE_TIMEOUT_MS: '60000' });
  const guard = new Guard('postgres', guardSettings(config, 'postgres'), systemClock, () => undefined);
  const postgres = await openPostgres(config.database, guard, systemClock, pino({ level: 'silent' }));
  stack.defer(() => postgres.close());
  const { database } = postgres;
  const documents = new DocumentsRepository(database);
  const search = new SearchRepository(database);
  const texts = new SentenceMixer(set);
  const lines: string[][] = [];
  let stored = 0;
  for (const size of sizes) {
    const startedAt = performance.now();
    const before = stored;
    for (; stored < size; stored += CHUNKS_PER_DOCUMENT) {
      const id = `document-${stored}`;
      const tenantId = (stored / CHUNKS_PER_DOCUMENT) % SMALL_SHARE === 0 ? 'small' : 'large';
      const chunks = Array.from({ length: CHUNKS_PER_DOCUMENT }, (_, ordinal) => {
        const text = texts.next();
        return { ordinal, heading: null, text, tokens: 150, contentHash: `${id}/${ordinal}` };
      });
      const document = { id, title: null, url: null, format: 'text', text: '', metadata: {} };
      await documents.save(tenantId, { ...document, contentHash: id, bundled: false }, chunks, signal);
    }
    const perChunkMs = (performance.now() - startedAt) / (stored - before);
    await database.query('VACUUM ANALYZE chunk_terms');
    await database.query('VACUUM ANALYZE terms');
    const step = Math.max(1, Math.floor(set.questions.length / QUESTIONS));
    const questions = set.questions.filter((_, index) => index % step === 0);
    const cells: string[] = [];
    for (const tenantId of ['large', 'small']) {
      const ms: number[] = [];
      for (const { text } of questions) {
        const askedAt = performance.now();
        await search.searchText(text, { tenantId, filter: {}, limit: LIMIT }, signal);
        ms.push(performance.now() - askedAt);
      }
      cells.push(`${percentile(ms, 0.5).toFixed(1)} ms`, `${percentile(ms, 0.99).toFixed(1)} ms`);
    }
    const [sizeRow] = await database.query<{ mib: number }>(
      `SELECT (pg_total_relation_size('chunk_terms') + pg_total_relation_size('terms')) / 1048576 AS mib`,
    );
    lines.push([String(stored), ...cells, `${sizeRow?.mib} MiB`, `${perChunkMs.toFixed(2)} ms`]);
  }
  return lines;
}

/** Puts texts together from the sentences of a set, always the same ones: words are as frequent as in the set. */
class SentenceMixer {
  private readonly sentences: string[];
  private seed = 1;

  constructor({ documents }: DataSet) {
    this.sentences = documents.flatMap(({ text }) => text.split(/(?<=[.!?])\s+/));
  }

  next(): string {
    return Array.from({ length: SENTENCES_PER_CHUNK }, () => this.pick()).join(' ');
  }

  /** A linear congruential generator (Numerical Recipes, 32 bits). */
  private pick(): string {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.sentences[Math.floor((this.seed / 2 ** 32) * this.sentences.length)] ?? '';
  }
}

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    chunks: { type: 'string', multiple: true, default: ['10000', '100000'] },
  },
});
if (values.data === undefined) {
  process.stderr.write('usage: TEST_DATABASE_URL=… npm run bench:full-text -- --data FOLDER [--chunks N]…\n');
  process.exitCode = 2;
} else {
  const head = ['Chunks', 'p50', 'p99', 'p50, 1 % tenant', 'p99, 1 % tenant', 'Size', 'To take in a chunk'];
  const lines = await measure(await readDataSet(values.data), values.chunks.map(Number), interruption());
  const command = `npm run bench:full-text -- --data …/${values.data.split('/').filter(Boolean).at(-1)}`;
  await writeReport('Full text by size, native Postgres', command, toTable(head, lines));
}
