import type * as HashingEmbedders from '../src/local/hashing-embedder.ts';
import type * as QuestionForms from '../src/query/semantic-cache/question-parse.ts';
import type * as QuestionMatch from '../src/query/semantic-cache/question-match.ts';
import { importBuilt } from './built.ts';
import type { DataQuestion, DataSet } from './data-set.ts';
import { toTable } from './report.ts';
import { rewrites } from './rewrites.ts';

const THRESHOLDS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

const { asksTheSame } = await importBuilt<typeof QuestionMatch>('query/semantic-cache/question-match');
const { formKey, readForm } = await importBuilt<typeof QuestionForms>('query/semantic-cache/question-parse');
const { HashingEmbedder } = await importBuilt<typeof HashingEmbedders>('local/hashing-embedder');

/** How many pairs of different questions each test takes for the same. */
export async function judgePairs({ questions }: DataSet, signal: AbortSignal): Promise<string[]> {
  const forms = questions.map(({ text }) => readForm(text));
  const vectors = await embed(
    signal,
    questions.map(({ text }) => text),
  );
  const wrong = { words: 0, elsewhere: 0, vectors: THRESHOLDS.map(() => 0), both: THRESHOLDS.map(() => 0) };
  let pairs = 0;
  for (const [i, asked] of questions.entries())
    for (const [j, earlier] of questions.entries()) {
      if (i === j || meansTheSame(asked, earlier)) continue;
      const same = asksTheSame(forms[i] ?? readForm(''), forms[j] ?? readForm(''));
      if (!sharesDocument(asked, earlier)) {
        if (same) wrong.elsewhere++;
        continue;
      }
      pairs++;
      const near = similarity(vectors[i] ?? [], vectors[j] ?? []);
      if (same) wrong.words++;
      for (const [index, threshold] of THRESHOLDS.entries())
        if (near >= threshold) {
          wrong.vectors[index] = (wrong.vectors[index] ?? 0) + 1;
          if (same) wrong.both[index] = (wrong.both[index] ?? 0) + 1;
        }
    }
  return [
    `${pairs} pairs of different questions over one paragraph. Taken for the same:`,
    '',
    toTable(
      ['', 'words alone', ...THRESHOLDS.map((threshold) => `≥ ${threshold}`)],
      [
        ['vectors alone', '', ...wrong.vectors.map(String)],
        ['words, and vectors', String(wrong.words), ...wrong.both.map(String)],
      ],
    ),
    '',
    `Over different paragraphs, words alone: ${wrong.elsewhere}.`,
  ];
}

/** Which share of rewritten questions each test recognises. */
export async function judgeRewrites({ questions }: DataSet, signal: AbortSignal): Promise<string[]> {
  const texts = questions.map(({ text }) => text);
  const forms = texts.map(readForm);
  const vectors = await embed(signal, texts);
  const lines: string[][] = [];
  for (const [name, rewrite] of Object.entries(rewrites)) {
    const rewritten = texts.map(rewrite);
    const near = (await embed(signal, rewritten)).map((vector, index) =>
      similarity(vector, vectors[index] ?? []),
    );
    const same = rewritten.map((text, index) => {
      const [asked, earlier] = [readForm(text), forms[index] ?? readForm('')];
      return formKey(asked) === formKey(earlier) && asksTheSame(asked, earlier);
    });
    const found = (least: number) =>
      share(texts.filter((_, index) => same[index] && (near[index] ?? 0) >= least).length, texts.length);
    lines.push([name, found(-1), ...THRESHOLDS.map(found)]);
  }
  const head = ['Rewritten', 'words alone', ...THRESHOLDS.map((threshold) => `≥ ${threshold}`)];
  return ['Recognised:', '', toTable(head, lines)];
}

/** Whether an answer to the one may be an answer to the other: data sets hold some questions twice. */
export function meansTheSame(a: DataQuestion, b: DataQuestion): boolean {
  if (a.text.toLowerCase() === b.text.toLowerCase()) return true;
  const [first, second] = [a, b].map(({ answers }) => (answers ?? []).map((answer) => answer.toLowerCase()));
  return Boolean(first?.some((one) => second?.some((other) => one.includes(other) || other.includes(one))));
}

/** A share as a percentage. */
export function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function sharesDocument(a: DataQuestion, b: DataQuestion): boolean {
  return Object.keys(a.qrels).some((id) => id in b.qrels);
}

function embed(signal: AbortSignal, texts: string[]): Promise<number[][]> {
  return new HashingEmbedder('bench').embed(texts, signal);
}

/** Cosine of two vectors of length 1. */
function similarity(a: number[], b: number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
