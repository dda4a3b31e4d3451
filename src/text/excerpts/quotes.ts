import { unmarkCitations } from '../markdown/plain-text.ts';
import type { Excerpt } from './excerpts.ts';

/** An excerpt as Markdown with its citation: code in a fence of its own, all else as plain lines. */
export function writeQuote({ text, codeAt }: Excerpt, number: number): string {
  const citation = `[${number}]`;
  if (codeAt === undefined) return `${unmarkCitations(text)} ${citation}`;
  const prose = unmarkCitations(text.slice(0, codeAt).trimEnd());
  const code = text.slice(codeAt);
  const fence = '`'.repeat(Math.max(3, ...(code.match(/`+/g) ?? []).map((run) => run.length + 1)));
  return [prose, fence, code, fence, citation].filter(Boolean).join('\n');
}
