import type { MarkedToken } from 'marked';
import { removeEmptiedUrls } from '../embedded-data.ts';
import { splitCodeSpans } from './code-spans.ts';

/** A tag of HTML's own; anything else in angle brackets may be a type parameter or a placeholder. */
const tags =
  'a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|ol|p|picture|pre|s|samp|section|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video';
const tag = new RegExp(String.raw`(?<!\\)</?(?:${tags})(?:\s[^<>]*)?/?>`, 'gi');
/** Tags that stand between words, so that a space takes their place. */
const breakingTag =
  /^<\/?(?:blockquote|br|dd|div|dt|figure|h\d|hr|li|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b/i;

const linkedImage = /\[!\[([^[\]]*)\]\(([^()]*)\)\]\(([^()]*)\)/g;
/** The description is bounded: without a bound each mark of an image would be compared with all the rest of a text. */
const image = /!\[((?:\\.|[^[\]\\]|\[[^[\]]*\]){0,1000})\]\((?:<[^<>]*>|[^()<>]|\([^()]*\))*\)/g;
/** The description in a tag of an image. */
const imageText = /^<img\s[^<>]*?\balt=(["'])([^"'<>]*)\1/i;
/** A link without text, as around a picture without description, or to data. */
const emptyLink = /(?<!!)\[\s*\]\([^()]*\)/g;
const dataLink = /\[([^[\]]*)\]\(<?data:[^()\s]*\)/gi;
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
 * Removes comments, badges, embedded data and HTML tags from Markdown, and replaces images by their descriptions. Code spans stay as they
 * are.
 */
export function cleanMarkdown(markdown: string): string {
  return splitCodeSpans(markdown)
    .map((part, index) => (index % 2 === 1 ? part : cleanText(part)))
    .join('');
}

function cleanText(text: string): string {
  return removeEmptiedUrls(
    text
      .replace(linkedImage, (_, alt: string, source: string, target: string) =>
        badge.test(source) ? '' : `[${alt}](${target})`,
      )
      .replace(image, '$1')
      .replace(dataLink, '$1')
      .replace(emptyLink, '')
      .replace(tag, (found) => imageText.exec(found)?.[2] ?? (breakingTag.test(found) ? ' ' : ''))
      .replaceAll('\\<', '<'),
  );
}
