import { formsOf, type AskedQuestion, type Form, type FoundPassage } from './asked.ts';
import { ingest, send } from './client.ts';
import { readDataSet, type DataDocument } from './data-set.ts';
import { scoreExcerpts, type ExcerptScores } from './excerpt-scores.ts';
import { RankingTally, type RankingScores } from '../src/cli/ranking.ts';
import { findFreePort } from '../test/support/free-port.ts';
import { makeTemporaryFolder, startService } from './service-process.ts';

/** How a ranking did, by the form in which the questions were asked. */
export type FormScores = Map<Form, RankingScores>;

/** What was measured on one set, with the embedding service up and refused. */
export interface SetScores {
  documents: number;
  ingestSeconds: number;
  hybrid: FormScores;
  vector: FormScores;
  excerpts: ExcerptScores;
  lexical: FormScores;
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
  /** Of a larger set as many questions are asked, spread evenly. */
  maxQuestions: number;
  databaseUrl: string | undefined;
  progress: Progress;
  signal: AbortSignal;
}

interface SearchBody {
  retrieval: string;
  results: FoundPassage[];
}

/** Documents sent in one call. */
const BATCH = 40;
const DEPTH = 100;
/** The in-process model's name: its refused stand-in must have the same, or its vectors would not be asked for. */
const LOCAL_MODEL = 'local-hashing-2';

/** Takes a set in and asks its questions, with generation refused. @throws when the service fails in any other way */
export async function evaluateSet(
  folder: string,
  { maxQuestions, databaseUrl, progress, signal }: Run,
): Promise<SetScores> {
  const { documents, questions } = await readDataSet(folder);
  const forms = formsOf(spread(questions, maxQuestions));
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
    progress.begin('documents', documents.length);
    for (let from = 0; from < documents.length; from += BATCH) {
      const batch = documents.slice(from, from + BATCH);
      await ingest(
        service.url,
        batch.map(({ id, title, text, format }) => {
          return { id, text, ...(title && { title }), ...(format && { format }) };
        }),
        signal,
      );
      progress.advance(batch.length);
    }
    const ingestSeconds = (performance.now() - startedAt) / 1_000;
    const asked = { url: service.url, documents, forms, progress, signal };
    healthy = {
      documents: documents.length,
      ingestSeconds,
      hybrid: await rankForms('hybrid', 'hybrid', asked),
      vector: await rankForms('vector', 'vector', asked),
      excerpts: await scoreExcerpts(asked),
    };
  }
  const embedding = `${refused}?api=openai&model=${LOCAL_MODEL}`;
  await using service = await startService({ ...env, EMBEDDING_TARGETS: embedding }, signal);
  const asked = { url: service.url, documents, forms, progress, signal };
  return {
    ...healthy,
    lexical: await rankForms('hybrid', 'lexical', asked),
    lexicalExcerpts: await scoreExcerpts(asked),
  };
}

/** What a part of a run asks. */
export interface EvaluationRun {
  url: string;
  documents: readonly DataDocument[];
  forms: ReadonlyMap<Form, readonly AskedQuestion[]>;
  progress: Progress;
  signal: AbortSignal;
}

async function rankForms(
  mode: string,
  expected: string,
  { url, forms, progress, signal }: EvaluationRun,
): Promise<FormScores> {
  const scores: FormScores = new Map();
  for (const [form, questions] of forms) {
    const tally = new RankingTally();
    progress.begin(`search, ${expected}${form && `, ${form}`}`, questions.length);
    for (const { text, judgements, rank } of questions) {
      const body = { query: text, top_k: DEPTH, mode };
      const reply = await send<SearchBody>(`${url}/search`, body, signal);
      if (reply.status !== 200 || reply.body.retrieval !== expected)
        throw new Error(`POST /search gave ${reply.status}, ${reply.body.retrieval}`);
      tally.add(rank(reply.body.results), judgements, reply.ms);
      progress.advance(1);
    }
    scores.set(form, tally.scores());
  }
  return scores;
}

function spread<T>(items: readonly T[], max: number): T[] {
  const step = Math.max(1, items.length / max);
  return Array.from(
    { length: Math.min(max, items.length) },
    (_, index) => items[Math.floor(index * step)],
  ).filter((item) => item !== undefined);
}
