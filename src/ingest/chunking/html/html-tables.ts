import type { DomElement } from './html-tree.ts';

/** A table that holds one of these only lays out a page. */
const OF_LAYOUT = 'table, pre, h1, h2, h3, h4';
/** Characters added to one table. Raised, a hostile table takes more memory and time; beyond it cells stay where they are. */
const MAX_ADDED = 100_000;
/** What a cell counts beside its text. */
const CELL = 10;

/** Whether a table only lays out a page: its cells are then no values. */
export function isLayoutTable(table: DomElement): boolean {
  return table.querySelector(OF_LAYOUT) !== null;
}

/**
 * Gives every row of the tables within an element a cell for each column, in place, as Markdown has no spans: a cell that
 * spans rows is repeated in each, so that a row can be read by itself, and one that spans columns is followed by empty ones.
 */
export function spreadSpans(root: DomElement): void {
  for (const table of root.querySelectorAll('table')) {
    if (!table.querySelector('[rowspan], [colspan]') || isLayoutTable(table)) continue;
    const rows = [...table.querySelectorAll('tr')];
    const spreading = new SpanSpreading(Math.max(...rows.map((row) => cellsOf(row).length)));
    for (const section of new Set(rows.map(({ parentNode }) => parentNode)))
      // A cell spans no rows of another section.
      if (section) spreading.spread([...section.children].filter(({ nodeName }) => nodeName === 'TR'));
  }
}

/** A cell, and in how many more rows it stands. */
interface SpanningCell {
  cell: DomElement;
  columns: number;
  rowsLeft: number;
  size: number;
}

class SpanSpreading {
  private left = MAX_ADDED;
  /** The cells that go on in the next row, by their first column. */
  private spanning = new Map<number, SpanningCell>();

  /** The cells of the longest row: a cell that spans more only spans the whole row. */
  private readonly mostColumns: number;

  constructor(mostColumns: number) {
    this.mostColumns = mostColumns;
  }

  spread(rows: DomElement[]): void {
    this.spanning = new Map();
    for (const row of rows) this.spreadRow(row, rows.length);
  }

  private spreadRow(row: DomElement, allRows: number): void {
    const above = this.spanning;
    this.spanning = new Map();
    let column = 0;
    const place = (placed: SpanningCell, next: DomElement | null) => {
      for (let added = 1; added < placed.columns && this.left > 0; added++)
        this.add(placed, false, row, next);
      if (placed.rowsLeft > 0) this.spanning.set(column, placed);
      column += placed.columns;
    };
    const placeFromAbove = (next: DomElement | null) => {
      for (let found = above.get(column); found && this.left > 0; found = above.get(column)) {
        this.add(found, true, row, next);
        place({ ...found, rowsLeft: found.rowsLeft - 1 }, next);
      }
    };
    const cells = cellsOf(row);
    for (const [index, cell] of cells.entries()) {
      placeFromAbove(cell);
      const columns = Math.max(1, Math.min(readSpan(cell, 'colspan'), this.mostColumns - column));
      const rowsLeft = (readSpan(cell, 'rowspan') || allRows) - 1;
      place(
        { cell, columns, rowsLeft, size: CELL + (cell.textContent ?? '').length },
        cells[index + 1] ?? null,
      );
    }
    placeFromAbove(null);
  }

  private add(
    { cell, size }: SpanningCell,
    isWhole: boolean,
    row: DomElement,
    next: DomElement | null,
  ): void {
    this.left -= isWhole ? size : CELL;
    row.insertBefore(cell.cloneNode(isWhole), next);
  }
}

function cellsOf(row: DomElement): DomElement[] {
  return [...row.children].filter(({ nodeName }) => nodeName === 'TD' || nodeName === 'TH');
}

/** A span as HTML reads it: 1 where there is none, 0 for all rows that follow. */
function readSpan(cell: DomElement, name: 'rowspan' | 'colspan'): number {
  const span = /^\s*(\d{1,5})/.exec(cell.getAttribute(name) ?? '')?.[1];
  return span === undefined ? 1 : Number(span);
}
