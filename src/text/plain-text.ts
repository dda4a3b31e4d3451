const fence = /^ ?(?:> ?)*(?:```|~~~)/;
const tableRule = /^ ?\|? ?:?-+:? ?(?:\| ?:?-+:? ?)*\|? ?(?:\n|$)/gm;
const lineMarks = /^ ?(?:> ?)*(?:[-*+] (?:\[[ xX]\] )?)?/gm;
const heading = /^ ?(?:> ?)*#{1,6} (.*?)(?: #+)? ?$/gm;
const codeSpan = /(`+[^`\n]+`+)/;
const image = /!\[([^[\]]*)\]\([^()]*\)/g;
const link = /(?<![\p{L}\p{N}])\[([^[\]]*)\](?:\([^()]*\)|\[[^[\]]*\])/gu;
const autolink = /<((?:https?|mailto):[^<>\s]*)>/g;
const opensEmphasis = /(?<![\p{L}\p{N}*_~\\])(?:\*{1,3}|_{1,3}|~~)(?=[^\s*_~])/gu;
const closesEmphasis = /(?<=[^\s*_~\\])(?:\*{1,3}|_{1,3}|~~)(?![\p{L}\p{N}*_~])/gu;
const escaped = /\\([!-/:-@[-`{-~])/g;

/** A tag of HTML's own; anything else in angle brackets may be a type parameter or a placeholder. */
export const htmlTag =
  /<\/?(?:a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|ol|p|picture|pre|s|samp|section|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video)(?:\s[^<>]*)?\/?>/gi;

/**
 * A Markdown text as it would be read aloud: without marks, fences, table rules and link targets; all its words
 * stay, and its lines. Takes time in proportion to the text.
 */
export function toProse(markdown: string): string {
  const runs: string[] = [];
  let run: string[] = [];
  let inCode = false;
  // Single spaces first: several of the expressions would try every split of a run of them.
  for (const line of markdown.replace(/[^\S\n]+/g, ' ').split('\n')) {
    if (!fence.test(line)) {
      run.push(line);
      continue;
    }
    runs.push(inCode ? run.join('\n') : cleanRun(run.join('\n')));
    run = [];
    inCode = !inCode;
  }
  runs.push(inCode ? run.join('\n') : cleanRun(run.join('\n')));
  return runs
    .join('\n\n')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function cleanRun(text: string): string {
  return text
    .replace(tableRule, '')
    .replace(heading, '$1')
    .replace(lineMarks, '')
    .split(codeSpan)
    .map((part, index) => (index % 2 === 1 ? part.replaceAll('`', '') : cleanInline(part)))
    .join('')
    .split('\n')
    .map(cleanRow)
    .join('\n');
}

function cleanInline(text: string): string {
  return text
    .replace(image, '$1')
    .replace(link, readLink)
    .replace(autolink, '$1')
    .replace(htmlTag, ' ')
    .replace(opensEmphasis, '')
    .replace(closesEmphasis, '')
    .replace(escaped, '$1');
}

/** Two bracketed numbers beside each other are no link but notes: [3][4]. */
function readLink(whole: string, text: string): string {
  return whole.endsWith(']') && !/\p{L}/u.test(text) ? whole : text;
}

/** A table's row becomes an enumeration. */
function cleanRow(line: string): string {
  if (!line.startsWith('|')) return line;
  const cells = line.split('|').map((cell) => cell.trim());
  return cells.filter(Boolean).join(', ');
}

/** Bracketed numbers of a text that is quoted, in round brackets: beside citations they would be taken for some. */
export function unmarkCitations(text: string): string {
  return text.replace(/\[(\d{1,4}(?:\s*[,–-]\s*\d{1,4})*)\]/g, '($1)');
}
