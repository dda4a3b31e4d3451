import type { MarkedToken } from 'marked';
import { htmlTag } from '../../../text/plain-text.ts';

const codeSpan = /(`+[^`\n]+`+)/;
const linkedImage = /\[!\[([^[\]]*)\]\(([^()]*)\)\]\(([^()]*)\)/g;
const image = /!\[([^[\]]*)\]\([^()]*\)/g;
const badge = /badge|shields\.io|\.svg(?:$|[?#\s])/i;
const unescapedTag = new RegExp(`(?<!\\\\)(?:${htmlTag.source})`, 'gi');
/** A list item that is nothing but a link, and where the link leads. */
const bareLink =
  /^\s*(?:[-*+]|\d{1,9}[.)])\s+[*_]*\[(?:[^[\]\\]|\\.|\[[^[\]]*\])*\]\(<?([^\s()<>]*)(?:[\s>][^()]*)?\)[*_]*$/;
const otherSite = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;

/**
 * Whether a block only leads to other places of the documentation: a list of links without descriptions, at least one of them to a
 * section. Such
 * a table of contents repeats headings and answers nothing.
 */
export function isNavigation(token: MarkedToken): boolean {
  if (token.type !== 'list') return false;
  const items = token.raw.split('\n').filter((line) => line.trim() !== '');
  const targets = items.map((line) => bareLink.exec(line.trimEnd())?.[1]);
  return (
    targets.every((target) => target !== undefined && !otherSite.test(target)) &&
    targets.some((target) => target?.includes('#'))
  );
}

/**
 * Removes comments, badges and HTML tags from Markdown, and replaces images by their descriptions. Code spans stay as they
 * are.
 */
export function cleanMarkdown(markdown: string): string {
  return dropComments(markdown)
    .split(codeSpan)
    .map((part, index) => (index % 2 === 1 ? part : cleanText(part)))
    .join('');
}

function cleanText(text: string): string {
  return text
    .replace(linkedImage, (_, alt: string, source: string, target: string) =>
      badge.test(source) ? '' : `[${alt}](${target})`,
    )
    .replace(image, '$1')
    .replace(unescapedTag, '')
    .replaceAll('\\<', '<');
}

function dropComments(text: string): string {
  let kept = '';
  let at = 0;
  for (;;) {
    const start = text.indexOf('<!--', at);
    const end = start < 0 ? -1 : text.indexOf('-->', start + 4);
    if (end < 0) return kept + text.slice(at);
    kept += text.slice(at, start);
    at = end + 3;
  }
}
