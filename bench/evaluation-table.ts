import type { FormScores, SetScores } from './evaluation.ts';
import type { ExcerptScores } from './excerpt-scores.ts';
import type { RankingScores } from '../src/cli/ranking.ts';
import type { ReadabilityScores } from './readability/readability.ts';
import { toTable } from './report.ts';

/** What was measured, by the name of the set. */
export type Evaluation = Record<string, SetScores>;

const RANKING_HEAD = [
  'Set',
  'Search',
  'nDCG@10',
  'Recall@10',
  'Recall@100',
  'Hit@1',
  'Hit@3',
  'Hit@10',
  'p50',
  'p99',
];
const EXCERPTS_HEAD = ['Set', 'Embedding', 'Gold answer', 'Answered', 'p50', 'p99'];
const READABILITY_HEAD = [
  'Set',
  'Embedding',
  'Excerpts',
  'Begins',
  'Ends',
  'Markdown whole',
  'Not twice',
  'Code in lines',
  'No heading',
  'Clean',
  'Clean answers',
];
const INGEST_HEAD = ['Set', 'Documents', 'Taken in'];

/** The tables of a whole run, in Markdown. */
export function showEvaluation(evaluation: Evaluation): string {
  const sets = Object.entries(evaluation);
  const rankings = sets.flatMap(([name, { hybrid, vector, lexical }]) => [
    ...showForms(name, 'hybrid', hybrid),
    ...showForms(name, 'vector', vector),
    ...showForms(name, 'embedding out: full text', lexical),
  ]);
  const excerpts = sets.flatMap(([name, scores]) => [
    showExcerpts(name, 'up', scores.excerpts),
    showExcerpts(name, 'out', scores.lexicalExcerpts),
  ]);
  const readability = sets.flatMap(([name, scores]) => [
    showReadability(name, 'up', scores.excerpts.readability),
    showReadability(name, 'out', scores.lexicalExcerpts.readability),
  ]);
  const ingested = sets.map(([name, { documents, ingestSeconds }]) => [
    name,
    String(documents),
    `${ingestSeconds.toFixed(1)} s`,
  ]);
  return [
    toTable(RANKING_HEAD, rankings),
    toTable(EXCERPTS_HEAD, excerpts),
    toTable(READABILITY_HEAD, readability),
    toTable(INGEST_HEAD, ingested),
  ].join('\n\n');
}

function showForms(name: string, search: string, scores: FormScores): string[][] {
  return [...scores].map(([form, ranking]) => showRanking(name, `${search}${form && `, ${form}`}`, ranking));
}

function showReadability(name: string, embedding: string, scores: ReadabilityScores): string[] {
  const { excerpts, begins, ends, markdownWhole, notTwice, codeInLines, saysSomething, clean, cleanAnswers } =
    scores;
  const shares = [begins, ends, markdownWhole, notTwice, codeInLines, saysSomething, clean, cleanAnswers];
  return [name, embedding, String(excerpts), ...shares.map(rateOrDash)];
}

function showRanking(name: string, search: string, scores: RankingScores): string[] {
  const { ndcgAt10, recallAt10, recallAt100, hitAt1, hitAt3, hitAt10, p50Ms, p99Ms } = scores;
  const rates = [ndcgAt10, recallAt10, recallAt100, hitAt1, hitAt3, hitAt10].map(rate);
  return [name, search, ...rates, duration(p50Ms), duration(p99Ms)];
}

function showExcerpts(name: string, embedding: string, scores: ExcerptScores): string[] {
  const { gold, answered, p50Ms, p99Ms } = scores;
  return [name, embedding, rateOrDash(gold), rate(answered), duration(p50Ms), duration(p99Ms)];
}

function rate(value: number): string {
  return value.toFixed(3);
}

function rateOrDash(value: number | null): string {
  return value === null ? '–' : rate(value);
}

function duration(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
