import type { AnswerBody, Reply } from './client.ts';
import type { DataQuestion } from './data-set.ts';
import { percentile } from './measure.ts';

/** The columns of `Tally.toCells`. */
export const TALLY_HEAD = ['Answered by', 'Questions', 'Hit at 1', 'Hit at 3', 'Gold answer', 'p50', 'p99'];

/** How good and how fast the answers of one rung were. */
export class Tally {
  private readonly rung: string;
  private readonly ms: number[] = [];
  private hitsAt1 = 0;
  private hitsAt3 = 0;
  private golds = 0;

  constructor(rung: string) {
    this.rung = rung;
  }

  /** Counts one answer. A hit is a source from a document that the data set names for the question. */
  add(question: DataQuestion, { body, ms }: Reply<AnswerBody>): void {
    this.ms.push(ms);
    const hits = body.sources.map((source) => (question.qrels[source.document_id] ?? 0) > 0);
    if (hits[0]) this.hitsAt1++;
    if (hits.slice(0, 3).includes(true)) this.hitsAt3++;
    const text = fold(body.answer);
    if (question.answers.some((answer) => text.includes(fold(answer)))) this.golds++;
  }

  /** One line of the table. Only excerpts are searched for a gold answer: the rest are the fake model's words. */
  toCells(): string[] {
    const count = this.ms.length;
    const rate = (hits: number) => (hits / count).toFixed(3);
    const ms = (share: number) => `${percentile(this.ms, share).toFixed(1)} ms`;
    const gold = this.rung === 'excerpts' ? rate(this.golds) : '–';
    return [this.rung, String(count), rate(this.hitsAt1), rate(this.hitsAt3), gold, ms(0.5), ms(0.99)];
  }
}

/** The rung of the ladder, or the step before it, that gave an answer. */
export function rungOf({ metadata }: AnswerBody): string {
  if (metadata?.fallback_source) return metadata.fallback_source;
  if (metadata?.from_cache) return 'fresh cache';
  return metadata?.no_context ? 'no document matches' : 'generated';
}

/** Case and white space do not count. */
function fold(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
