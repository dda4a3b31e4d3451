import { z } from 'zod';
import { rankDocuments, RankingTally, type Judgements, type RankingScores } from './ranking.ts';
import type { ServiceClient } from './service-client.ts';
import { ServiceCallError } from './service-failure.ts';

/** Passages asked for: documents are judged, and several passages may be of one. */
const DEPTH = 100;
/** Ranks that count as found. */
const FOUND = 10;
const LIMITS = { limitMs: 60_000, maxTries: 5 };
const foundSchema = z.object({
  retrieval: z.string(),
  results: z.array(z.object({ document_id: z.string() })),
});

/** How the questions are searched for. */
export type SearchMode = 'hybrid' | 'vector' | 'lexical';

/** A question with the documents that answer it. */
export interface JudgedQuestion {
  text: string;
  judgements: Judgements;
}

/** How a running service found the documents. */
export interface SearchEvaluation extends RankingScores {
  /** Searches that found by less than what was asked for, such as by words alone. They count among the others. */
  degraded: number;
  /** Searches that failed. They count among no others. */
  failed: number;
  /** Questions without any expected document among the first ten. */
  missed: string[];
}

/**
 * Parses questions in JSON, one a line: `{"text", "qrels": {"document id": grade}}`. Other fields do not count.
 * @throws Error that names the first wrong line, or says that there is none
 */
export function parseJudgedQuestions(text: string): JudgedQuestion[] {
  const questions = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const question = readQuestion(line);
    if (!question)
      throw new Error(
        `line ${index + 1} must be {"text": "the question", "qrels": {"id of a document": 1}} with a grade above 0`,
      );
    return question;
  });
  if (questions.length === 0) throw new Error('the file holds no questions');
  return questions;
}

function readQuestion(line: string): JudgedQuestion | undefined {
  try {
    const { text, qrels } = JSON.parse(line) as { text?: unknown; qrels?: unknown };
    const grades = Object.values(Object(qrels) as object) as unknown[];
    const isJudged = grades.every((grade) => typeof grade === 'number') && grades.some((grade) => grade > 0);
    if (typeof text === 'string' && isJudged) return { text, judgements: qrels as Judgements };
  } catch {
    // Said as for any other line.
  }
  return undefined;
}

/**
 * Searches for every question, several at once, and judges what is found.
 * @throws ServiceCallError when the service cannot be reached, or something else answers in its place
 */
export async function evaluateSearch(
  questions: readonly JudgedQuestion[],
  service: ServiceClient,
  { mode, concurrency, advance }: { mode: SearchMode; concurrency: number; advance: () => void },
): Promise<SearchEvaluation> {
  const tally = new RankingTally();
  const result = { degraded: 0, failed: 0, missed: [] as string[] };
  const waiting = questions.values();
  const work = async () => {
    // All workers share one iterator.
    for (const { text, judgements } of waiting) {
      const begin = performance.now();
      const found = await search(text, mode, service);
      if (!found) result.failed++;
      else {
        const ranking = rankDocuments(found.results);
        tally.add(ranking, judgements, performance.now() - begin);
        if (found.retrieval !== mode) result.degraded++;
        if (!ranking.slice(0, FOUND).some((id) => (judgements[id] ?? 0) > 0)) result.missed.push(text);
      }
      advance();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { ...tally.scores(), ...result };
}

/** What a search finds; undefined when the service itself refuses it. */
async function search(query: string, mode: SearchMode, service: ServiceClient) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query, top_k: DEPTH, mode });
  try {
    const reply = await service.callJson<z.infer<typeof foundSchema>>(
      '/search',
      { method: 'POST', headers, body },
      LIMITS,
      foundSchema,
    );
    return reply.body;
  } catch (error) {
    if (!(error instanceof ServiceCallError) || error.reasons.length === 0) throw error;
    return undefined;
  }
}
