import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Passage } from '../src/postgres/search/search.repository.ts';
import type { Guard } from '../src/resilience/guard/guard.ts';
import { importBuilt } from './built.ts';
import type { DocumentBody } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { createBenchLogger } from './guard-calls.ts';
import { measureOwnHeap, type HeapUse } from './heap.ts';

/** What was held after so many questions. */
export interface MemorySample extends HeapUse {
  questions: number;
}

const CONCURRENT = 20;
const DOCUMENTS = 40;
const PASSAGES = 2;
const PASSAGE_CHARS = 120;
const DIMENSION = 512;
/** About what a database takes, so that rows come faster than they are written. */
const SAVE_MS = 5;
const OUTAGE_LIMIT_MS = 600_000;
/** Of a thousand questions: so many are answered, then so many get excerpts, and the rest nothing. */
const ANSWERED = 700;
const EXCERPTS = 200;

const { createApp } = await importBuilt<typeof import('../src/create-app.ts')>('create-app');
const { loadConfig } = await importBuilt<typeof import('../src/config/load-config.ts')>('config/load-config');
const { SearchRepository } = await importBuilt<typeof import('../src/postgres/search/search.repository.ts')>(
  'postgres/search/search.repository',
);
const { AnsweredQuestionsRepository } = await importBuilt<
  typeof import('../src/postgres/records/answered-questions.repository.ts')
>('postgres/records/answered-questions.repository');
const { ServingModelRepository } = await importBuilt<
  typeof import('../src/postgres/search/serving-model.repository.ts')
>('postgres/search/serving-model.repository');
const { classifyDatabaseError } = await importBuilt<
  typeof import('../src/postgres/connection/classify-database-error.ts')
>('postgres/connection/classify-database-error');
const { GuardRegistry } = await importBuilt<typeof import('../src/resilience/guard/guard-registry.ts')>(
  'resilience/guard/guard-registry',
);

/**
 * Asks the whole service in this process, without a socket: everything is as built but the search, whose passages are
 * given, and the rows of earlier questions, which are thrown away about as slowly as a database takes them.
 * @param counts after how many questions, growing, it is measured
 */
export async function askInProcess(counts: number[], signal: AbortSignal): Promise<MemorySample[]> {
  await using database = await chooseDatabase();
  const config = loadConfig({ ...database.env, SEED_DOCS: 'false' });
  const app = await createApp(config, undefined, createBenchLogger());
  try {
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return await measure(app, counts, signal);
  } finally {
    await app.close();
  }
}

async function measure(
  app: NestFastifyApplication,
  counts: number[],
  signal: AbortSignal,
): Promise<MemorySample[]> {
  const corpus = new Corpus(DOCUMENTS);
  replaceDatabase(app, corpus);
  const outage = new Outage(app);
  const samples: MemorySample[] = [];
  let asked = 0;
  for (const count of counts) {
    while (asked < count) {
      signal.throwIfAborted();
      const expected = outage.arrange(asked % 1_000);
      const size = Math.min(CONCURRENT, count - asked);
      await Promise.all(Array.from({ length: size }, () => ask(app, corpus.question(), expected)));
      asked += size;
    }
    samples.push({ questions: asked, ...measureOwnHeap() });
  }
  return samples;
}

async function ask(app: NestFastifyApplication, query: string, expected: number): Promise<void> {
  const { statusCode } = await app.inject({ method: 'POST', url: '/query', payload: { query } });
  if (statusCode !== expected) throw new Error(`POST /query gave ${statusCode} instead of ${expected}`);
}

/** What is asked of the database for each question goes through its guard, and comes back at once. */
function replaceDatabase(app: NestFastifyApplication, corpus: Corpus): void {
  const guard = app.get(GuardRegistry).guard('postgres');
  const guarded =
    <T>(call: () => Promise<T>) =>
    () =>
      guard.execute(call, { classify: classifyDatabaseError });
  let at = 0;
  const find = guarded(async () =>
    Array.from({ length: PASSAGES }, () => toPassage(corpus.documents[at++ % DOCUMENTS])),
  );
  const nothing = guarded(async () => []);
  Object.assign(app.get(SearchRepository), { searchText: find, searchVector: find, compare: nothing });
  const choose = (name: string) => guarded(async () => ({ id: 1, name, dimension: DIMENSION }))();
  Object.assign(app.get(ServingModelRepository), { choose });
  const save = guarded(() => sleep(SAVE_MS));
  Object.assign(app.get(AnsweredQuestionsRepository), { save, findByWording: nothing, findNearest: nothing });
}

function toPassage({ id, title, text }: DocumentBody = { id: '', text: '' }): Passage {
  const start = { text: text.slice(0, PASSAGE_CHARS), tokens: PASSAGE_CHARS / 4 };
  return {
    document_id: id,
    chunk_id: id,
    title: title ?? null,
    url: null,
    heading: null,
    ordinal: 0,
    score: 1,
    ...start,
  };
}

/** Turns the model and the database off and on again. */
class Outage {
  private readonly guards: Guard[];
  private off = 0;

  constructor(app: NestFastifyApplication) {
    const registry = app.get(GuardRegistry);
    this.guards = ['local_extractive', 'postgres'].map((name) => registry.guard(name));
  }

  /** @returns the status that the question with this place in a thousand gets */
  arrange(place: number): number {
    const off = place < ANSWERED ? 0 : place < ANSWERED + EXCERPTS ? 1 : 2;
    if (off !== this.off)
      this.guards.forEach((guard, index) =>
        index < off ? guard.force('forced_open', OUTAGE_LIMIT_MS) : guard.release(),
      );
    this.off = off;
    return off < this.guards.length ? 200 : 503;
  }
}
