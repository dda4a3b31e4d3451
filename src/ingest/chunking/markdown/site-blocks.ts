import { endOfTag, findTags, isClosing } from './site-tags.ts';

/** A line that opens or closes a block of code. */
export const FENCE = /^[ \t]*(?:>[ \t]?)*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}|~{3,})/;
/** A note or a tab of Python-Markdown, whose contents are indented by four: its title stands in quotation marks. */
const INDENTED_BLOCK =
  /^([ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+[\w-]+)*(?:[ \t]+"([^"]*)")?|===[+!]?[ \t]+"([^"]*)")[ \t]*$/;
const INDENTATION = 4;
/** A directive of MyST whose contents are text, in a fence, with its title. */
const DIRECTIVE =
  /^[ \t]*(`{3,}|~{3,}|:{3,})\{(?:note|tip|hint|important|warning|caution|danger|error|attention|admonition|seealso|dropdown|tab-item|card)\}[ \t]*(.*)$/;
/** The first line of a note of Docusaurus and VitePress, with its title in brackets or behind its kind, or of a tab. */
const NOTE =
  /^[ \t]*(?::{3,}[ \t]*(?!tabs\b)[a-z][\w-]*(?:\[([^\]]*)\]|[ \t]+([^\s{][^{}]*))|(?:==[ \t]+tab|@tab(?::active)?)[ \t]+(\S.*))$/;
/** The first line of an import or export in MDX, and the end of the last one, which ends as code does. */
const MODULE =
  /^(?:import[ \t]+(?:type[ \t]+)?(?:[{*'"]|[\w$]+[ \t]*(?:,|from\b))|export[ \t]+(?:default|const|let|var|function|async|class|type|interface|[{*]))/;
const MODULE_END = /[;}'")>\]][ \t]*$/;
/** A line that begins with a tag. */
const TAG_LINE = /^[ \t]*(?:<\/?[A-Z]|\{%|\{\{[<%])/;
/** A tag that begins within a line and does not end there. */
const OPEN_TAG = /(?:<[A-Z][\w.]*(?:\s[^<>]*)?|\{%[^{}%]*|\{\{[<%][^{}]*)$/;
/** A line whose sentence goes on. */
const UNFINISHED = /^[^#].*[\p{L}\p{N},)]$/u;
/** Lines of one module, and of one tag, that are looked at. Raised, hostile text takes longer. */
const MAX_MODULE_LINES = 200;
const MAX_TAG_LINES = 40;
/**
 * Writes the blocks of site generators as plain Markdown: the contents of notes, tabs and directives, with their titles, and
 * what components show. Modules are left out. Takes linear time.
 */
export function unwrapSiteBlocks(markdown: string): string {
  const lines = markdown.split('\n');
  const kept: string[] = [];
  const indents: number[] = [];
  const directives: string[] = [];
  let fence: string | undefined;
  const show = (title: string | undefined) => {
    if (title?.trim()) kept.push('', `**${title.trim()}**`, '');
  };
  for (let at = 0; at < lines.length; at++) {
    const whole = lines[at] ?? '';
    if (whole.trim() === '') {
      kept.push(whole);
      continue;
    }
    const column = indentOf(whole);
    while (column < (indents.at(-1) ?? -Infinity) + INDENTATION) indents.pop();
    const line = whole.slice(INDENTATION * indents.length);
    const mark = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      kept.push(line);
      continue;
    }
    const directive = DIRECTIVE.exec(line);
    const block = INDENTED_BLOCK.exec(whole);
    const note = NOTE.exec(line);
    if (directive?.[1]) {
      directives.push(directive[1]);
      show(directive[2]);
    } else if (directives.length > 0 && line.trim() === directives.at(-1)) directives.pop();
    else if (note) show(note[1] ?? note[2] ?? note[3]);
    else if (block) {
      indents.push(block[1]?.length ?? 0);
      show(block[2] ?? block[3]);
    } else {
      const end = mark === undefined ? endOfModule(lines, at) : undefined;
      const tags = mark === undefined && end === undefined ? readTagLine(lines, at, line) : undefined;
      if (end !== undefined) at = end - 1;
      else if (tags) {
        tags.texts.forEach(show);
        if (tags.rest !== undefined) kept.push(tags.rest);
        at = tags.end - 1;
      } else {
        fence = mark;
        kept.push(line);
      }
    }
  }
  return kept.join('\n');
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The line after an import or export that begins there. It ends where its brackets are closed. */
function endOfModule(lines: string[], start: number): number | undefined {
  if (!MODULE.test(lines[start] ?? '')) return undefined;
  let depth = 0;
  for (let at = start; at < Math.min(lines.length, start + MAX_MODULE_LINES); at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '' && depth === 0) return undefined;
    for (const [bracket] of line.matchAll(/[()[\]{}]/g)) depth += '([{'.includes(bracket) ? 1 : -1;
    if (depth <= 0) return MODULE_END.test(line) ? at + 1 : undefined;
  }
  return undefined;
}

/** A line of tags, or of text in one, without them: the texts that are lines of their own, what else remains, and the next line. */
interface TagLine {
  texts: string[];
  rest: string | undefined;
  end: number;
}

/** Reads a line that begins with a tag or leaves one open, and the further lines of this tag. */
function readTagLine(lines: string[], start: number, first: string): TagLine | undefined {
  if (!TAG_LINE.test(first)) return readOpenTag(lines, start, first);
  const source = joinTag(lines, start, first);
  if (source === undefined) return undefined;
  const line = source.trim().replaceAll('\n', ' ');
  const end = start + source.split('\n').length;
  const tags = [...findTags(line)];
  const [opening, ...others] = tags;
  const last = others.at(-1);
  if (opening?.start === 0 && last?.end === line.length && isClosing(last, opening)) {
    const body = line.slice(opening.end, last.start).trim();
    if (body !== '' && !others.slice(0, -1).some((tag) => isClosing(tag, opening)))
      return { texts: opening.texts, rest: body, end };
  }
  let at = 0;
  const isTagsAlone = tags.every((tag) => line.slice(at, tag.start).trim() === '' && (at = tag.end) > 0);
  const texts = tags.flatMap((tag) => tag.texts);
  const isInText = texts.length > 0 && UNFINISHED.test((lines[start - 1] ?? '').trim());
  if (!isTagsAlone || at < line.length || isInText)
    return { texts: [], rest: source.replaceAll('\n', ' '), end };
  return { texts, rest: opening?.kind === 'template' && texts.length === 0 ? '' : undefined, end };
}

/** Joins a line with the further lines of the tag that it leaves open. */
function readOpenTag(lines: string[], start: number, first: string): TagLine | undefined {
  const open = OPEN_TAG.exec(first)?.index;
  const source = open === undefined ? undefined : joinTag(lines, start, first.slice(open));
  const line = source?.replaceAll('\n', ' ') ?? '';
  const [tag] = findTags(line);
  if (source === undefined || !tag?.isCertain) return undefined;
  return { texts: [], rest: first.slice(0, open) + line, end: start + source.split('\n').length };
}

/** The lines of the tag that begins there, as far as the one in which the tag ends; undefined without one. */
function joinTag(lines: string[], start: number, first: string): string | undefined {
  if (endOfTag(first.trimStart()) !== undefined) return first;
  const others = lines.slice(start + 1, start + MAX_TAG_LINES);
  const stop = others.findIndex((line) => line.trim() === '' || FENCE.test(line));
  const source = [first, ...others.slice(0, stop < 0 ? undefined : stop)].join('\n');
  const begin = indentOf(source);
  const end = endOfTag(source.slice(begin));
  if (end === undefined) return undefined;
  const lineEnd = source.indexOf('\n', begin + end);
  return lineEnd < 0 ? source : source.slice(0, lineEnd);
}
