/** A line that opens or closes a block of code. */
export const FENCE = /^[ \t]*(?:>[ \t]?)*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}|~{3,})/;
/** A note or a tab of Python-Markdown, whose contents are indented by four: its title stands in quotation marks. */
const INDENTED_BLOCK =
  /^([ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+[\w-]+)*(?:[ \t]+"([^"]*)")?|===[+!]?[ \t]+"([^"]*)")[ \t]*$/;
const INDENTATION = 4;
/** A directive of MyST whose contents are text, in a fence, with its title. */
const DIRECTIVE =
  /^[ \t]*(`{3,}|~{3,}|:{3,})\{(?:note|tip|hint|important|warning|caution|danger|error|attention|admonition|seealso|dropdown|tab-item|card)\}[ \t]*(.*)$/;
/** The first line of a note of Docusaurus and VitePress, with its title in brackets or behind its kind. */
const NOTE = /^[ \t]*:{3,}[ \t]*[a-z][\w-]*(?:\[([^\]]*)\]|[ \t]+([^\s{][^{}]*))$/;
/** The first line of an import or export in MDX, and the end of the last one, which ends as code does. */
const MODULE =
  /^(?:import[ \t]+(?:type[ \t]+)?(?:[{*'"]|[\w$]+[ \t]*(?:,|from\b))|export[ \t]+(?:default|const|let|var|function|async|class|type|interface|[{*]))/;
const MODULE_END = /[;}'")>\]][ \t]*$/;
/** A line that is a component's opening tag, or begins one. */
const COMPONENT = /^[ \t]*<[A-Z][\w.]*(?:[ \t][^<>]*)?(?:(>)[ \t]*)?$/;
const COMPONENT_END = /(?<!=)>[ \t]*$/;
/** Lines of one module, and of one tag, that are looked at. Raised, hostile text takes longer. */
const MAX_MODULE_LINES = 200;
const MAX_TAG_LINES = 40;
/** What a component shows of its attributes. */
const SHOWN_ATTRIBUTE = /\s(?:title|label|description)=(?:"([^"]*)"|'([^']*)'|\{["'`]([^"'`{}]*)["'`]\})/g;

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
    const isBlank = whole.trim() === '';
    const column = isBlank ? Infinity : indentOf(whole);
    while (column < (indents.at(-1) ?? -Infinity) + INDENTATION) indents.pop();
    const line = whole.slice(isBlank ? 0 : INDENTATION * indents.length);
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
    else if (note) show(note[1] ?? note[2]);
    else if (block) {
      indents.push(block[1]?.length ?? 0);
      show(block[2] ?? block[3]);
    } else {
      const end = mark === undefined ? (endOfModule(lines, at) ?? endOfTag(lines, at)) : undefined;
      if (end === undefined) {
        fence = mark;
        kept.push(line);
        continue;
      }
      const tag = COMPONENT.test(whole) ? lines.slice(at, end).join('\n') : '';
      for (const [, a, b, c] of tag.matchAll(SHOWN_ATTRIBUTE)) show(a ?? b ?? c);
      at = end - 1;
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

/** The line after a component's opening tag that begins there and ends at the end of a line. */
function endOfTag(lines: string[], start: number): number | undefined {
  const tag = COMPONENT.exec(lines[start] ?? '');
  if (!tag) return undefined;
  if (tag[1]) return start + 1;
  for (let at = start + 1; at < Math.min(lines.length, start + MAX_TAG_LINES); at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '' || FENCE.test(line)) return undefined;
    if (COMPONENT_END.test(line)) return at + 1;
  }
  return undefined;
}
