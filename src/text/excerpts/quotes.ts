import { unmarkCitations } from '../markdown/plain-text.ts';
import type { Span } from '../sentences.ts';
import type { Hit } from './term-weights.ts';
import { joinCells } from './unit-list.ts';
import { frameOf, spanOf, type Window } from './windows.ts';

/** A quotation of whole units, as plain text; code as it is written. */
export interface Excerpt {
  /** The passage's number. */
  passage: number;
  text: string;
  /** Where the question's terms stand in `text`, in order and apart from each other. */
  terms: Span[];
  /** Where the code begins that `text` ends with; undefined without any. */
  codeAt: number | undefined;
  /** The rows of tables in `text`, in order; their heads are no rows. */
  rows: QuotedRow[];
}

/** A row, or a part of one, as it stands in an excerpt. */
interface QuotedRow extends Span {
  header: readonly string[];
  cells: string[];
}

/** An excerpt as Markdown with its citation: code in a fence of its own, rows as tables with their heads, all else as plain lines. */
export function writeQuote({ text, codeAt, rows }: Excerpt, number: number): string {
  const citation = `[${number}]`;
  const blocks: string[] = [];
  let at = 0;
  for (const table of groupRows(rows)) {
    const head = `${joinCells(table[0]!.header)}\n`;
    const before = text.slice(at, table[0]!.start);
    blocks.push(unmarkCitations(before.endsWith(head) ? before.slice(0, -head.length) : before).trim());
    at = table.at(-1)!.end;
    blocks.push(writeTable(table, at === text.length ? citation : ''));
  }
  if (at < text.length) {
    const rest = text.slice(at).replace(/^\n+/, '');
    blocks.push(writePlain(rest, codeAt && codeAt - text.length + rest.length, citation));
  }
  return blocks.filter(Boolean).join('\n\n');
}

/** Neighbouring rows of the same table. */
function groupRows(rows: QuotedRow[]): QuotedRow[][] {
  const tables: QuotedRow[][] = [];
  for (const row of rows) {
    const table = tables.at(-1);
    if (table?.[0]?.header === row.header) table.push(row);
    else tables.push([row]);
  }
  return tables;
}

/** Rows as a table of GitHub's Markdown. Text behind the last row would be one more row, so the citation stands in its last cell. */
function writeTable(rows: QuotedRow[], citation: string): string {
  const { header } = rows[0]!;
  const lines = [header, header.map(() => '---'), ...rows.map(({ cells }) => cells)].map((cells) =>
    cells.map((cell) => unmarkCitations(cell).replaceAll('|', '\\|')),
  );
  const last = lines.at(-1)!;
  if (citation !== '') last.push(`${last.pop()} ${citation}`.trimStart());
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function writePlain(text: string, codeAt: number | undefined, citation: string): string {
  if (codeAt === undefined) return `${unmarkCitations(text)} ${citation}`;
  const prose = unmarkCitations(text.slice(0, codeAt).trimEnd());
  const code = text.slice(codeAt);
  const fence = '`'.repeat(Math.max(3, ...(code.match(/`+/g) ?? []).map((run) => run.length + 1)));
  return [prose, fence, code, fence, citation].filter(Boolean).join('\n');
}

/** The windows as excerpts. The head of a table stands in the first one of its rows alone. */
export function quoteAll(windows: Window[]): Excerpt[] {
  const texts: string[] = [];
  return windows.map((window) => {
    const head = texts.some((text) => text.includes(frameOf(window).head)) ? '' : frameOf(window).head;
    const excerpt = quote(window, head);
    texts.push(excerpt.text);
    return excerpt;
  });
}

function quote(window: Window, head: string): Excerpt {
  const { reading, first, last } = window;
  const { start, end } = spanOf(window);
  const { before, after } = frameOf(window);
  const shift = head.length + before.length - start;
  const code = reading.units.slice(first, last + 1).find(({ isCode }) => isCode);
  return {
    passage: reading.passage.number,
    text: head + before + reading.text.slice(start, end) + after,
    terms: joinHits(reading.hits, start, end).map((term) => ({
      start: term.start + shift,
      end: term.end + shift,
    })),
    codeAt: code && code.start + shift,
    rows: quoteRows(window, shift),
  };
}

/** The rows of a window, or of each the part that is in it. */
function quoteRows(window: Window, shift: number): QuotedRow[] {
  const { reading, first, last } = window;
  const { start, end } = spanOf(window);
  const { before, after } = frameOf(window);
  const units = reading.units.slice(first, last + 1);
  const rows = new Set(units.flatMap(({ row }) => row ?? []));
  return [...rows].map((row) => {
    const places = row.cells.map((cell) => ({
      start: Math.max(start, cell.start),
      end: Math.min(end, cell.end),
    }));
    const cells = places.map((place) => reading.text.slice(place.start, Math.max(place.start, place.end)));
    const begins = row === units[0]?.row ? before : '';
    const ends = row === units.at(-1)?.row ? after : '';
    const [from, to] = [cells.findIndex(Boolean), cells.findLastIndex(Boolean)];
    const rowStart = places[from]!.start + shift - begins.length;
    const rowEnd = places[to]!.end + shift + ends.length;
    cells[from] = begins + cells[from]!;
    cells[to] += ends;
    return { header: row.header, cells, start: rowStart, end: rowEnd };
  });
}

/** The words that surely are terms. The pairs of a script without spaces overlap. */
function joinHits(hits: Hit[], start: number, end: number): Span[] {
  const spans: Span[] = [];
  for (const hit of hits) {
    if (!hit.sure || hit.start < start || hit.end > end) continue;
    const last = spans.at(-1);
    if (last && hit.start < last.end) last.end = hit.end;
    else spans.push({ start: hit.start, end: hit.end });
  }
  return spans;
}
