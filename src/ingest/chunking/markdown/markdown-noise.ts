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

/**
 * Takes out of Markdown what says nothing to a reader: comments, badges, HTML tags; an image leaves its description.
 * Code spans stay as they are.
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
