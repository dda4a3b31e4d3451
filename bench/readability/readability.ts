import type { AnswerBody } from '../client.ts';
import type { DataDocument } from '../data-set.ts';
import { isClean, judgeExcerpts, type ExcerptVerdict } from './excerpt-judge.ts';
import { SourceText } from './source-text.ts';

/** Shares of excerpts, and of whole answers, that can be read; null without any. */
export interface ReadabilityScores {
  excerpts: number;
  begins: number | null;
  ends: number | null;
  markdownWhole: number | null;
  notTwice: number | null;
  /** Of the excerpts with several lines of code. */
  codeInLines: number | null;
  saysSomething: number | null;
  clean: number | null;
  /** Answers of which every excerpt is clean. */
  cleanAnswers: number | null;
}

/** Judges answers that consist of excerpts, against the documents that they quote. */
export class ReadabilityTally {
  private readonly documents: ReadonlyMap<string, DataDocument>;
  private readonly sources = new Map<string, SourceText>();
  private readonly verdicts: ExcerptVerdict[] = [];
  private readonly answers: boolean[] = [];

  constructor(documents: readonly DataDocument[]) {
    this.documents = new Map(documents.map((document) => [document.id, document]));
  }

  /** @throws when the answer quotes a document that is not in the set */
  add({ answer, sources }: Pick<AnswerBody, 'answer' | 'sources'>): void {
    const bullets = readBullets(answer);
    const verdicts = judgeExcerpts(
      sources.map(({ excerpt, document_id: id }, index) => ({
        excerpt,
        shown: bullets[index] ?? excerpt,
        source: this.sourceOf(id),
      })),
    );
    this.verdicts.push(...verdicts);
    if (verdicts.length > 0) this.answers.push(verdicts.every(isClean));
  }

  scores(): ReadabilityScores {
    const { verdicts } = this;
    const shareOf = (key: Exclude<keyof ExcerptVerdict, 'codeInLines'>) =>
      share(verdicts.map((verdict) => verdict[key]));
    return {
      excerpts: verdicts.length,
      begins: shareOf('begins'),
      ends: shareOf('ends'),
      markdownWhole: shareOf('markdownWhole'),
      notTwice: shareOf('notTwice'),
      codeInLines: share(
        verdicts.map(({ codeInLines }) => codeInLines).filter((verdict) => verdict !== null),
      ),
      saysSomething: shareOf('saysSomething'),
      clean: share(verdicts.map(isClean)),
      cleanAnswers: share(this.answers),
    };
  }

  private sourceOf(id: string): SourceText {
    const known = this.sources.get(id);
    if (known) return known;
    const document = this.documents.get(id);
    if (!document) throw new Error(`there is no document ${id}`);
    const source = SourceText.read(document);
    this.sources.set(id, source);
    return source;
  }
}

/** The excerpts of a degraded answer as it shows them: one per bullet, each with its number at the end. */
function readBullets(answer: string): string[] {
  const [body = ''] = answer.split(/\n\nSources:(?![\s\S]*\n\nSources:)/);
  return body
    .split(/^- /m)
    .slice(1)
    .map((bullet) => bullet.replace(/\s*\[\d+\]\s*$/, ''));
}

function share(facts: readonly boolean[]): number | null {
  return facts.length > 0 ? facts.filter(Boolean).length / facts.length : null;
}
