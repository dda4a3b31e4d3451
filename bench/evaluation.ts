import { ingest, send, type AnswerBody } from './client.ts';
import { readDataSet, type DataQuestion, type DataSet } from './data-set.ts';
import { percentile } from './measure.ts';
import { rankDocuments, RankingTally, type RankingScores } from './ranking.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { makeTemporaryFolder, startService } from './service-process.ts';

/** How the excerpts of `POST /query` did while no model answers. */
export interface ExcerptScores {
  questions: number;
  /** Share of the questions whose excerpts hold a gold answer; null when the set has none. */
  gold: number | null;
  /** Share of the questions that got excerpts at all. */
  answered: number;
  p50Ms: number;
  p99Ms: number;
}

/** What was measured on one set, with the embedding service up and refused. */
export interface SetScores {
  documents: number;
  ingestSeconds: number;
  hybrid: RankingScores;
  vector: RankingScores;
  excerpts: ExcerptScores;
  lexical: RankingScores;
  lexicalExcerpts: ExcerptScores;
}

/** Told how far it is. */
export interface Progress {
  /** Begins a part of `total` steps. */
  begin(part: string, total: number): void;
  advance(steps: number): void;
}

/** What a run needs: a fresh native database when a URL is given, otherwise an embedded one. */
export interface Run {
  databaseUrl: string | undefined;
  progress: Progress;
  signal: AbortSignal;
}

interface SearchBody {
  retrieval: string;
  results: { document_id: string }[];
}

/** Documents sent in one call. */
const BATCH = 40;
const DEPTH = 100;
/** The in-process model's name: its refused stand-in must have the same, or its vectors would not be asked for. */
const LOCAL_MODEL = 'local-hashing-2';

/** Takes a set in and asks its questions, with generation refused. @throws when the service fails in any other way */
export async function evaluateSet(
  folder: string,
  { databaseUrl, progress, signal }: Run,
): Promise<SetScores> {
  const set = await readDataSet(folder);
  await using dataDir = await makeTemporaryFolder();
  const refused = `http://127.0.0.1:${await findFreePort()}/v1`;
  const env = {
    DATA_DIR: dataDir.path,
    GENERATION_TARGETS: `${refused}?model=none`,
    SEED_DOCS: 'false',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
  let healthy;
  {
    await using service = await startService(env, signal);
    const startedAt = performance.now();
    progress.begin('documents', set.documents.length);
    for (let from = 0; from < set.documents.length; from += BATCH) {
      const batch = set.documents.slice(from, from + BATCH);
      await ingest(
        service.url,
        batch.map(({ title, ...rest }) => ({ ...rest, ...(title && { title }) })),
        signal,
      );
      progress.advance(batch.length);
    }
    const ingestSeconds = (performance.now() - startedAt) / 1_000;
    const asked = { url: service.url, set, progress, signal };
    healthy = {
      documents: set.documents.length,
      ingestSeconds,
      hybrid: await rankAll('hybrid', 'hybrid', asked),
      vector: await rankAll('vector', 'vector', asked),
      excerpts: await askAll(asked),
    };
  }
  const embedding = `${refused}?api=openai&model=${LOCAL_MODEL}`;
  await using service = await startService({ ...env, EMBEDDING_TARGETS: embedding }, signal);
  const asked = { url: service.url, set, progress, signal };
  return {
    ...healthy,
    lexical: await rankAll('hybrid', 'lexical', asked),
    lexicalExcerpts: await askAll(asked),
  };
}

interface EvaluationRun {
  url: string;
  set: DataSet;
  progress: Progress;
  signal: AbortSignal;
}

async function rankAll(
  mode: string,
  expected: string,
  { url, set, progress, signal }: EvaluationRun,
): Promise<RankingScores> {
  const tally = new RankingTally();
  progress.begin(`search, ${expected}`, set.questions.length);
  for (const question of set.questions) {
    const body = { query: question.text, top_k: DEPTH, mode };
    const reply = await send<SearchBody>(`${url}/search`, body, signal);
    if (reply.status !== 200 || reply.body.retrieval !== expected)
      throw new Error(`POST /search gave ${reply.status}, ${reply.body.retrieval}`);
    tally.add(rankDocuments(reply.body.results), question.qrels, reply.ms);
    progress.advance(1);
  }
  return tally.scores();
}

async function askAll({ url, set, progress, signal }: EvaluationRun): Promise<ExcerptScores> {
  const ms: number[] = [];
  let golds = 0;
  let answered = 0;
  progress.begin('excerpts', set.questions.length);
  for (const question of set.questions) {
    const reply = await send<AnswerBody>(`${url}/query`, { query: question.text }, signal);
    // Without any excerpt there is nothing to answer with.
    if (reply.status !== 200 && reply.status !== 503) throw new Error(`POST /query gave ${reply.status}`);
    ms.push(reply.ms);
    if (reply.status === 200) {
      answered++;
      if (holdsAnswer(reply.body, question)) golds++;
    }
    progress.advance(1);
  }
  const questions = ms.length;
  const gold = set.questions.some(({ answers = [] }) => answers.length > 0) ? golds / questions : null;
  return {
    questions,
    gold,
    answered: answered / questions,
    p50Ms: percentile(ms, 0.5),
    p99Ms: percentile(ms, 0.99),
  };
}

function holdsAnswer({ answer }: AnswerBody, { answers = [] }: DataQuestion): boolean {
  const text = fold(answer);
  return answers.some((gold) => text.includes(fold(gold)));
}

/** Case and white space do not count. */
function fold(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
