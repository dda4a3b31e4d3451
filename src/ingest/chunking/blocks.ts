import { splitSentences } from '../../text/sentences.ts';

/** A part of a document that belongs together: a paragraph, a list, a table, a code block. */
export interface Block {
  /** The headings above it, `A > B`; null without any. */
  heading: string | null;
  /** What it may be cut between: sentences, items, rows, lines; each with the white space before or after it. */
  parts: string[];
  /** Stands before and after the parts, and again in each piece when it is cut: a table's head, a code fence. */
  opening: string;
  closing: string;
  /** Whether a part that is too long is cut at its line ends first, or at its sentences. */
  cutAt: 'lines' | 'sentences';
}

/** A paragraph: only its sentences are told apart. */
export function paragraph(heading: string | null, text: string): Block {
  return { heading, parts: [text], opening: '', closing: '', cutAt: 'sentences' };
}

/** A block of lines that are not to be joined. */
export function lines(heading: string | null, parts: string[], opening = '', closing = ''): Block {
  return { heading, parts, opening, closing, cutAt: 'lines' };
}

/** The block's whole text, without empty lines around it. */
export function blockText({ opening, parts, closing }: Block): string {
  return trimLines(opening + parts.join('') + closing);
}

/** Takes away the empty lines before a text and the white space after it; indentation stays. */
export function trimLines(text: string): string {
  return text.replace(/^\s*\n/, '').trimEnd();
}

/** The lines of a text, each with its line end. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The sentences of a text, each with the white space before it; the last one also with what follows. */
export function splitAtSentences(text: string): string[] {
  const spans = splitSentences(text.replaceAll('\n', ' '));
  return spans.map(({ end }, index) =>
    text.slice(spans[index - 1]?.end ?? 0, index === spans.length - 1 ? undefined : end),
  );
}

/** The words of a text, each with the white space before it. */
export function splitWords(text: string): string[] {
  return text.trimEnd().match(/\s*\S+/g) ?? [];
}
