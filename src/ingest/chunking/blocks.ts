import { splitSentences } from '../../text/sentences.ts';

/** A part of a document that belongs together: a paragraph, a list, a table, a code block. */
export interface Block {
  /** The headings above it, `A > B`; null without any. */
  heading: string | null;
  /** Sentences, items, rows or lines, with the white space around them. The block is cut between them. */
  parts: string[];
  /** The text before and after the parts, repeated in each piece of a cut block: a table's head, a code fence. */
  opening: string;
  closing: string;
  /** Where a part that is too long is cut first. */
  cutAt: 'lines' | 'sentences';
}

/** A paragraph, which is cut at its sentences. */
export function paragraph(heading: string | null, text: string): Block {
  return { heading, parts: [text], opening: '', closing: '', cutAt: 'sentences' };
}

/** A block that is cut at its lines. */
export function lines(heading: string | null, parts: string[], opening = '', closing = ''): Block {
  return { heading, parts, opening, closing, cutAt: 'lines' };
}

/** The block's whole text, without empty lines around it. */
export function blockText({ opening, parts, closing }: Block): string {
  return trimLines(opening + parts.join('') + closing);
}

/** Removes the empty lines before a text and the white space after it. The indentation stays. */
export function trimLines(text: string): string {
  return text.replace(/^\s*\n/, '').trimEnd();
}

/** The lines of a text, each with its line end. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The sentences of a text, each with the white space before it. The last one also has the white space after it. */
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
