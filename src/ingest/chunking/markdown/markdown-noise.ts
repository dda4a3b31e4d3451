import type { MarkedToken } from 'marked';

/** A tag of HTML's own; anything else in angle brackets may be a type parameter or a placeholder. */
const tags =
  'a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|ol|p|picture|pre|s|samp|section|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video';
const tag = new RegExp(String.raw`(?<!\\)</?(?:${tags})(?:\s[^<>]*)?/?>`, 'gi');
/** Tags that stand between words, so that a space takes their place. */
const breakingTag =
  /^<\/?(?:blockquote|br|dd|div|dt|figure|h\d|hr|li|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b/i;

const codeSpan = /(`+[^`\n]+`+)/;
const linkedImage = /\[!\[([^[\]]*)\]\(([^()]*)\)\]\(([^()]*)\)/g;
const image = /!\[((?:\\.|[^[\]\\])*)\]\([^()]*\)/g;
const badge = /badge|shields\.io|\.svg(?:$|[?#\s])/i;
/** A list item that is nothing but a link, and where the link leads. */
const bareLink =
  /^\s*(?:[-*+]|\d{1,9}[.)])\s+[*_]*\[(?:[^[\]\\]|\\.|\[[^[\]]*\])*\]\(<?([^\s()<>]*)(?:[\s>][^()]*)?\)[*_]*$/;
const otherSite = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;

/**
 * Whether a block only leads to other places of the documentation: a list of links without descriptions, at least one of
 * them to a section. Such a table of contents repeats headings and answers nothing.
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
    .replace(tag, (found) => (breakingTag.test(found) ? ' ' : ''))
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
