/** Where a code span may begin, or what Markdown passes on without showing it. */
const MARK = /`+|(?<!\\)<(?:!--|(?:svg|script|style|template)(?=[\s>]))/gi;

/**
 * Splits a block of Markdown into prose and code spans, which alternate: the first part is prose. Comments and elements whose
 * contents are not shown are left out. Takes linear time.
 */
export function splitCodeSpans(markdown: string): string[] {
  const parts: string[] = [];
  let prose = '';
  let at = 0;
  const closings = matchRuns(markdown);
  const hasNoMore = new Set<string>();
  MARK.lastIndex = 0;
  for (let found = MARK.exec(markdown); found; found = MARK.exec(markdown)) {
    const { 0: mark, index } = found;
    if (mark.startsWith('`')) {
      const end = closings.get(index);
      if (end === undefined || markdown[index - 1] === '\\') continue;
      parts.push(prose + markdown.slice(at, index), markdown.slice(index, end));
      prose = '';
      MARK.lastIndex = at = end;
      continue;
    }
    const closing = mark === '<!--' ? '-->' : `</${mark.slice(1).toLowerCase()}`;
    const end = hasNoMore.has(closing) ? undefined : findEnd(markdown, closing, index + mark.length);
    if (end === undefined) {
      hasNoMore.add(closing);
      continue;
    }
    prose += markdown.slice(at, index);
    MARK.lastIndex = at = end;
  }
  return [...parts, prose + markdown.slice(at)];
}

/** For the place of each run of backticks, the end of the next one of the same length. */
function matchRuns(markdown: string): Map<number, number> {
  const ends = new Map<number, number>();
  const open = new Map<number, number>();
  for (const { 0: run, index } of markdown.matchAll(/`+/g)) {
    const before = open.get(run.length);
    if (before !== undefined) ends.set(before, index + run.length);
    open.set(run.length, index);
  }
  return ends;
}

function findEnd(markdown: string, closing: string, from: number): number | undefined {
  const pattern = closing === '-->' ? /--!?>/g : new RegExp(`${closing}\\s*>`, 'gi');
  pattern.lastIndex = from;
  return pattern.test(markdown) ? pattern.lastIndex : undefined;
}
