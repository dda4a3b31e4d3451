import { decodeHTMLStrict } from 'entities';
import { Lexer, type MarkedToken, type Token } from 'marked';

/** Longest text whose marks are read, and the most marks. Reading takes time with the square of the marks that stay open. */
const MAX_CHARS = 6_000;
const MAX_MARKS = 600;
const MARK = /[*_~[\]<`]/g;
/** What Markdown may change. Reading a text without it gives the text itself. */
const CHANGED = /[\\<[`*_~&]| {2}\n/;

/**
 * The text of a paragraph of Markdown as it would be read aloud, without marks and link targets. A line break that Markdown
 * shows is `\n`; all other white space is a single space. Tags and brackets that are no marks stay.
 */
export function toPlainText(markdown: string): string {
  const isTooLong = markdown.length > MAX_CHARS || (markdown.match(MARK)?.length ?? 0) > MAX_MARKS;
  const isPlain = isTooLong || !CHANGED.test(markdown);
  const text = isPlain ? markdown : readInline(new Lexer({ gfm: true }).inlineTokens(markdown));
  return text
    .split('\v')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
    .join('\n');
}

/** A break that is shown is a vertical tab until white space has been folded. */
function readInline(tokens: Token[]): string {
  return (tokens as MarkedToken[])
    .map((token) => {
      switch (token.type) {
        case 'br':
          return '\v';
        case 'codespan':
        case 'escape':
          return token.text;
        case 'strong':
        case 'em':
        case 'del':
        case 'link':
        case 'image':
          return readInline(token.tokens);
        case 'text':
          return decodeHTMLStrict(token.text);
        default:
          return token.raw;
      }
    })
    .join('');
}

/** Bracketed numbers of a text that is quoted, in round brackets: beside citations they would be taken for some. */
export function unmarkCitations(text: string): string {
  return text.replace(/\[(\d{1,4}(?:\s*[,–-]\s*\d{1,4})*)\]/g, '($1)');
}
