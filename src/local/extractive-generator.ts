import type { Generation, GenerationOptions, GenerationRequest, Generator } from '../models/generation.ts';
import { type Excerpt, selectSentences } from '../text/excerpts/excerpts.ts';
import { toProse, unmarkCitations } from '../text/plain-text.ts';
import { findTerms, readTerms } from '../text/excerpts/term-weights.ts';

/** What quoting needs of a request: the question, and at least one passage, best first. */
type QuotedRequest = Pick<GenerationRequest, 'question' | 'passages'>;

const maxQuotes = 3;
/** The longest quote. Nearly every sentence is shorter and stays whole. */
const maxQuoteChars = 300;

/** Answers by quoting up to three sentences of the passages, the best ones for the question, each with its citation. */
export class ExtractiveGenerator implements Generator {
  /**
   * Writes the answer. If no passage shares a term with the question, the answer is the beginning of the first passage.
   * @throws the signal's reason if it has aborted
   */
  async generate(request: QuotedRequest, options: GenerationOptions): Promise<Generation> {
    options.signal.throwIfAborted();
    let text = '';
    for (const quote of chooseQuotes(request)) {
      const token = text === '' ? quote : ` ${quote}`;
      text += token;
      options.onToken?.(token);
    }
    return { text, model: 'local-extractive' };
  }
}

function chooseQuotes({ question, passages }: QuotedRequest): string[] {
  const readable = passages.map(({ number, text }) => ({ number, text: toProse(text) || text }));
  const limits = { count: maxQuotes, maxChars: maxQuoteChars };
  const excerpts = selectSentences(question, readable, limits);
  const terms = readTerms(question);
  const fitting = excerpts.filter(({ text }) => findTerms(text, terms).length > 0);
  const chosen = fitting.length > 0 ? fitting : excerpts.slice(0, 1);
  return chosen.map((excerpt) => {
    const text = readable.find(({ number }) => number === excerpt.passage)?.text ?? '';
    return `${writeQuote(excerpt, text)} [${excerpt.passage}]`;
  });
}

/** The quote on one line, with an ellipsis where the sentence continues. */
function writeQuote({ text, end }: Excerpt, passage: string): string {
  const goesOn =
    /^[^\S\n]*\S/.test(passage.slice(end, end + 100)) && !/[.!?…:;。！？]["'”’»)\]]*$/u.test(text);
  return unmarkCitations(text.replace(/\s+/g, ' ')) + (goesOn ? ' …' : '');
}
