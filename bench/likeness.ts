import type * as HashingEmbedders from '../src/local/hashing-embedder.ts';
import type * as Vetoes from '../src/text/question-veto.ts';
import type * as Wordings from '../src/text/question-wording.ts';
import { importBuilt } from './built.ts';
import type { DataQuestion, DataSet } from './data-set.ts';
import { toTable } from './report.ts';
import { rewordings } from './rewrites.ts';

const THRESHOLDS = [0.8, 0.85, 0.9, 0.95];

const { asksOtherwise } = await importBuilt<typeof Vetoes>('text/question-veto');
const { readWording } = await importBuilt<typeof Wordings>('text/question-wording');
const { HashingEmbedder } = await importBuilt<typeof HashingEmbedders>('local/hashing-embedder');

/** How many pairs of different questions each tier takes for the same. */
export async function judgePairs({ questions }: DataSet, signal: AbortSignal): Promise<string[]> {
  const keys = questions.map(({ text }) => readWording(text));
  const vectors = await embed(
    questions.map(({ text }) => text),
    signal,
  );
  const counts = { all: 0, worded: 0, near: 0, vectors: [0, 0, 0, 0], vetoed: [0, 0, 0, 0], kept: 0 };
  for (const [i, asked] of questions.entries())
    for (const [j, earlier] of questions.entries()) {
      if (i === j || meansTheSame(asked, earlier)) continue;
      counts.all++;
      if (keys[i] === keys[j]) counts.worded++;
      if (!Object.keys(asked.qrels).some((id) => id in earlier.qrels)) continue;
      counts.near++;
      const isKept = !asksOtherwise(asked.text, earlier.text);
      if (isKept) counts.kept++;
      const similarity = cosine(vectors[i] ?? [], vectors[j] ?? []);
      for (const [index, threshold] of THRESHOLDS.entries()) {
        if (similarity < threshold) continue;
        counts.vectors[index] = (counts.vectors[index] ?? 0) + 1;
        if (isKept) counts.vetoed[index] = (counts.vetoed[index] ?? 0) + 1;
      }
    }
  return [
    `Same wording: ${counts.worded} of ${counts.all} pairs of different questions are taken for the same.`,
    '',
    `Same meaning: of ${counts.near} pairs over one paragraph, taken for the same by the in-process vectors:`,
    '',
    toTable(
      ['', 'any', ...THRESHOLDS.map((threshold) => `≥ ${threshold}`)],
      [
        ['vectors alone', String(counts.near), ...counts.vectors.map(String)],
        ['vectors and vetoes', String(counts.kept), ...counts.vetoed.map(String)],
      ],
    ),
  ];
}

/** Which share of rewritten questions have the wording of the original. */
export function judgeRewordings({ questions }: DataSet): string[] {
  const lines = Object.entries(rewordings).map(([name, rewrite]) => {
    const changed = changedBy(rewrite, questions);
    const found = changed.filter(({ text }) => readWording(rewrite(text)) === readWording(text));
    return [name, String(changed.length), share(found.length, changed.length)];
  });
  return [toTable(['Rewritten', 'Questions', 'Same wording'], lines)];
}

/** The questions that a rewrite changes. */
export function changedBy(rewrite: (text: string) => string, questions: DataQuestion[]): DataQuestion[] {
  return questions.filter(({ text }) => rewrite(text) !== text);
}

/** Vectors of the in-process embedder, which has learnt nothing; each of 512 numbers. */
export function embed(texts: string[], signal: AbortSignal): Promise<number[][]> {
  return new HashingEmbedder('bench').embed(texts, signal);
}

/** Whether an answer to the one may be an answer to the other: data sets hold some questions twice. */
export function meansTheSame(a: DataQuestion, b: DataQuestion): boolean {
  if (a.text.toLowerCase() === b.text.toLowerCase()) return true;
  const [first, second] = [a, b].map(({ answers }) => (answers ?? []).map((answer) => answer.toLowerCase()));
  return Boolean(first?.some((one) => second?.some((other) => one.includes(other) || other.includes(one))));
}

/** A share as a percentage. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Cosine of two vectors of length 1. */
function cosine(a: number[], b: number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
