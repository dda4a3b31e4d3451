import type { Generation, GenerationOptions, GenerationRequest, Generator } from '../models/generation.ts';
import { selectUnits } from '../text/excerpts/excerpts.ts';
import { writeQuote } from '../text/excerpts/quotes.ts';

/** What quoting needs of a request: the question, and at least one passage, best first. */
type QuotedRequest = Pick<GenerationRequest, 'question' | 'passages'>;

/** At most so many quotes, of at most so many characters: few enough to be read in one go. */
const LIMITS = { count: 3, maxChars: 300 };

/** Answers by quoting the passages: up to three quotes of whole sentences, items, rows or lines of code, each with its citation. */
export class ExtractiveGenerator implements Generator {
  /**
   * Writes the answer, a paragraph for each quote, best first. If no passage shares a term with the question, the answer is
   * the beginning of the first passage.
   * @throws the signal's reason if it has aborted
   */
  async generate(request: QuotedRequest, options: GenerationOptions): Promise<Generation> {
    options.signal.throwIfAborted();
    let text = '';
    for (const quote of chooseQuotes(request)) {
      const token = text === '' ? quote : `\n\n${quote}`;
      text += token;
      options.onToken?.(token);
    }
    return { text, model: 'local-extractive', finishReason: 'stop' };
  }
}

function chooseQuotes({ question, passages }: QuotedRequest): string[] {
  const excerpts = selectUnits(question, passages, LIMITS);
  const fitting = excerpts.filter(({ terms }) => terms.length > 0);
  const chosen = fitting.length > 0 ? fitting : excerpts.slice(0, 1);
  return chosen.map((excerpt) => writeQuote(excerpt, excerpt.passage));
}
