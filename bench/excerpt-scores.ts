import { send, type AnswerBody } from './client.ts';
import type { DataQuestion } from './data-set.ts';
import type { EvaluationRun } from './evaluation.ts';
import { percentile } from '../src/cli/ranking.ts';
import { ReadabilityTally, type ReadabilityScores } from './readability/readability.ts';

/** How the excerpts of `POST /query` did while no model answers. */
export interface ExcerptScores {
  questions: number;
  /** Share of the questions whose excerpts hold a gold answer; null when the set has none. */
  gold: number | null;
  /** Share of the questions that got excerpts at all. */
  answered: number;
  readability: ReadabilityScores;
  p50Ms: number;
  p99Ms: number;
}

/** Asks the questions of a set while generation is refused. A bare heading is no question: it is asked as one. */
export async function scoreExcerpts(run: EvaluationRun): Promise<ExcerptScores> {
  const { url, documents, forms, progress, signal } = run;
  const asked = [...forms].flatMap(([form, questions]) => (form === 'as the heading' ? [] : questions));
  const readability = new ReadabilityTally(documents);
  const ms: number[] = [];
  let golds = 0;
  let answered = 0;
  progress.begin('excerpts', asked.length);
  for (const { text, question } of asked) {
    const reply = await send<AnswerBody>(`${url}/query`, { query: text }, signal);
    // Without any excerpt there is nothing to answer with.
    if (reply.status !== 200 && reply.status !== 503) throw new Error(`POST /query gave ${reply.status}`);
    ms.push(reply.ms);
    if (reply.status === 200) {
      answered++;
      readability.add(reply.body);
      if (holdsAnswer(reply.body, question)) golds++;
    }
    progress.advance(1);
  }
  const questions = ms.length;
  const hasGold = asked.some(({ question: { answers = [] } }) => answers.length > 0);
  return {
    questions,
    gold: hasGold ? golds / questions : null,
    answered: answered / questions,
    readability: readability.scores(),
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
