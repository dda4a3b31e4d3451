import { splitCodeSpans } from './code-spans.ts';
import { FENCE, unwrapSiteBlocks } from './site-blocks.ts';
import { replaceTags } from './site-tags.ts';

/** Lines that only a site generator reads: the fences of admonitions, lists of attributes, places of tables of contents, imports of components. */
const SITE_LINE =
  /^[ \t]*(?::::[^]*|\{:[^{}]*\}|\([\w-]+\)=|;*--8<--[^]*|\{\/\*.*\*\/\}|\[TOC\]|\[toc\]|\[\[_?TOC_?\]\]|import\s+(?:[^\s'"][^'"]*\sfrom\s+)?['"][^'"]+['"];?)[ \t]*$/;
/** Marks within a line: comments, lists of attributes, icons. */
const SITE_MARKS = [
  /\{\/\*[^{}\n]*\*\/\}/g,
  /(?<![ \t])[ \t]*\{(?:[#.][\w.:#= -]*|:[ \t]*[#.][^{}\n]*)\}/g,
  /(?<=[)\]:])\{[ \t]*(?:[#.:]|[\w-]+=)[^{}\n]*\}|:(?:material|octicons|fontawesome|simple)-[\w-]+:/g,
];
/** A list of attributes at the end of a heading. */
const HEADING_ATTRIBUTES = /^(#{1,6}[ \t].*?)(?<![ \t])[ \t]*\{[ \t]*(?:[#.:]|[\w-]+=)[^{}]*\}[ \t]*$/;
/** An alert of GitHub's: `[!NOTE]` in a quotation. */
const ALERT = /^((?:[ \t]*>)+[ \t]*)\[!([A-Z])([A-Z]+)\][ \t]*$/;
/** What stands in a line that has anything to clean. */
const ANY_MARKUP = /[`<{:]|\[!|--!>/;
const DEFINITION = /^ {0,3}\[((?:[^[\]\\]|\\.)+)\]:[ \t]*<?([^\s<>]+)>?(?:[ \t]+["'(].*)?$/;
/** A code span, or brackets that may be a link by reference. */
const REFERENCE =
  /(?<!`)`+(?!`)[^`\n]+`+|(?<!\\)\[((?:`[^`\n]*`|[^[\]`])+|(?<=!\[))\](?:\[([^[\]\n]*)\])?(?![[(:])/g;

/**
 * Takes out of Markdown what only a site generator reads, and writes links by reference as links with their target. Code
 * stays as it is. Takes linear time.
 */
export function removeSiteMarkup(markdown: string): string {
  const definitions = new Map<string, string>();
  let fence: string | undefined;
  const parts: { isCode: boolean; lines: string[] }[] = [];
  for (const line of unwrapSiteBlocks(markdown).split('\n')) {
    const mark = FENCE.exec(line)?.[1];
    const isCode = fence !== undefined || mark !== undefined;
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence)) fence = undefined;
    const definition = isCode ? null : DEFINITION.exec(line);
    if (definition?.[1] && definition[2] && !definition[1].startsWith('^')) {
      definitions.set(toKey(definition[1]), definition[2]);
      continue;
    }
    if (parts.at(-1)?.isCode !== isCode) parts.push({ isCode, lines: [] });
    if (isCode || !SITE_LINE.test(line)) parts.at(-1)?.lines.push(line);
  }
  return parts
    .map(({ isCode, lines }) =>
      isCode ? lines.join('\n') : resolve(lines.map(cleanLine).join('\n'), definitions),
    )
    .join('\n');
}

function cleanLine(line: string): string {
  if (!ANY_MARKUP.test(line)) return line;
  const shown = line
    .replace(HEADING_ATTRIBUTES, '$1')
    .replace(
      ALERT,
      (_, quote: string, first: string, rest: string) => `${quote}${first}${rest.toLowerCase()}:`,
    );
  return splitCodeSpans(shown)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : SITE_MARKS.reduce(
            (text, mark) => text.replace(mark, ''),
            replaceTags(part.replaceAll('--!>', '-->')),
          ),
    )
    .join('');
}

function resolve(text: string, definitions: Map<string, string>): string {
  if (definitions.size === 0) return text;
  return text.replace(REFERENCE, (whole, label: string | undefined, name: string | undefined) => {
    const target = label === undefined ? undefined : definitions.get(toKey(name || label));
    return target === undefined ? whole : `[${label}](${target})`;
  });
}

function toKey(name: string): string {
  return name.replace(/\s+/g, ' ').trim().toLowerCase();
}
