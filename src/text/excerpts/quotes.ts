import { unmarkCitations } from '../markdown/plain-text.ts';
import type { Span } from '../sentences.ts';
import type { Hit } from './term-weights.ts';
import { frameOf, spanOf, type Window } from './windows.ts';

/** A quotation of whole units, as plain text; code as it is written. */
export interface Excerpt {
  /** The passage's number. */
  passage: number;
  text: string;
  /** Where the question's terms stand in `text`, in order and apart from each other. */
  terms: Span[];
  /** Where the code begins that `text` ends with; undefined without any. */
  codeAt: number | undefined;
}

/** An excerpt as Markdown with its citation: code in a fence of its own, all else as plain lines. */
export function writeQuote({ text, codeAt }: Excerpt, number: number): string {
  const citation = `[${number}]`;
  if (codeAt === undefined) return `${unmarkCitations(text)} ${citation}`;
  const prose = unmarkCitations(text.slice(0, codeAt).trimEnd());
  const code = text.slice(codeAt);
  const fence = '`'.repeat(Math.max(3, ...(code.match(/`+/g) ?? []).map((run) => run.length + 1)));
  return [prose, fence, code, fence, citation].filter(Boolean).join('\n');
}

/** The windows as excerpts. The head of a table stands in the first one of its rows alone. */
export function quoteAll(windows: Window[]): Excerpt[] {
  const texts: string[] = [];
  return windows.map((window) => {
    const head = texts.some((text) => text.includes(frameOf(window).head)) ? '' : frameOf(window).head;
    const excerpt = quote(window, head);
    texts.push(excerpt.text);
    return excerpt;
  });
}

function quote(window: Window, head: string): Excerpt {
  const { reading, first, last } = window;
  const { start, end } = spanOf(window);
  const { before, after } = frameOf(window);
  const shift = head.length + before.length - start;
  const code = reading.units.slice(first, last + 1).find(({ isCode }) => isCode);
  return {
    passage: reading.passage.number,
    text: head + before + reading.text.slice(start, end) + after,
    terms: joinHits(reading.hits, start, end).map((term) => ({
      start: term.start + shift,
      end: term.end + shift,
    })),
    codeAt: code && code.start + shift,
  };
}

/** The words that surely are terms. The pairs of a script without spaces overlap. */
function joinHits(hits: Hit[], start: number, end: number): Span[] {
  const spans: Span[] = [];
  for (const hit of hits) {
    if (!hit.sure || hit.start < start || hit.end > end) continue;
    const last = spans.at(-1);
    if (last && hit.start < last.end) last.end = hit.end;
    else spans.push({ start: hit.start, end: hit.end });
  }
  return spans;
}
