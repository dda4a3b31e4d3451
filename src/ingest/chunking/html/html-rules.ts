import TurndownService from 'turndown';
import { type DomElement, readPreformatted } from './html-tree.ts';
import { isLayoutTable } from './html-tables.ts';

/** What a raised text is when it is no ordinal and no sign of a note. */
const EXPONENT = /^[+\u2212-]?\d{1,4}$|^n$/;

/** Converts the contents of an element to Markdown. */
export interface HtmlConverter {
  turndown(element: DomElement): string;
}

/** Creates a converter that keeps tables and code blocks. A table that only lays out a page becomes paragraphs. */
export function createConverter(): HtmlConverter {
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
  });
  service.escape = escapeText;
  addTableRules(service);
  const numbers = new WeakMap<DomElement, number>();
  // The inherited rule counts the earlier items again for each item.
  service.addRule('listItem', {
    filter: 'li',
    replacement: (content, item: DomElement) => {
      // Such a list only lays out sections.
      if (item.querySelector('h1, h2, h3, h4, h5, h6')) return `\n\n${content}\n\n`;
      const { parentNode: list } = item;
      const number = list ? (numbers.get(list) ?? Number(list.getAttribute('start') ?? 1)) : 1;
      if (list) numbers.set(list, number + 1);
      const marker = list?.nodeName === 'OL' ? `${number}. ` : '- ';
      const indented = content.trim().replace(/\n/g, `\n${' '.repeat(marker.length)}`);
      return indented && `${marker}${indented}\n`;
    },
  });
  service.addRule('exponent', {
    filter: 'sup',
    replacement: (content) => (EXPONENT.test(content) ? `^${content}` : content),
  });
  // Labels, as of tabs, stand apart.
  service.addRule('label', { filter: 'label', replacement: (content) => ` ${content} ` });
  service.addRule('picture', {
    filter: 'img',
    replacement: (_, image: DomElement) => escapeText(image.getAttribute('alt')?.replace(/\s+/g, ' ') ?? ''),
  });
  service.addRule('link', {
    filter: 'a',
    replacement: (content, link: DomElement) => {
      const target = link.getAttribute('href')?.trim() ?? '';
      // A link around blocks, such as a card, would break them, and so would one in a link.
      const isLink = target !== '' && !/^(?:data|javascript|vbscript):/i.test(target);
      if (!isLink || content.trim() === '' || /\n\s*\n|\]\(/.test(content)) return content;
      return `[${content.replace(/\s*\n\s*/g, ' ')}](${target.replace(/[\s()<>]/g, encodeURIComponent)})`;
    },
  });
  service.addRule('line', {
    filter: 'div',
    replacement: (content) => (isLine(content) ? `\n${content.trim()}  \n` : `\n\n${content}\n\n`),
  });
  service.addRule('codeBlock', {
    filter: 'pre',
    replacement: (_, block: DomElement) => {
      const code = readPreformatted(block).replace(/^\n/, '').trimEnd();
      const classes = `${block.getAttribute('class')} ${block.querySelector('code')?.getAttribute('class')}`;
      const language = /\blang(?:uage)?-([\w+#-]+)/.exec(classes)?.[1] ?? '';
      const fence = code.includes('```') ? '~~~~' : '```';
      return code.trim() && `\n\n${fence}${language}\n${code}\n${fence}\n\n`;
    },
  });
  return service;
}

/** A short division is a line, such as an entry of a tree. A longer one is a paragraph. */
function isLine(content: string): boolean {
  return content.length < 60 && !content.trim().includes('\n');
}

/** Escapes text that Markdown would read as a tag, a heading, a fence, emphasis, a link or a character reference. */
function escapeText(text: string): string {
  return text
    .replace(/<(?=[a-zA-Z/!?])/g, '\\<')
    .replace(/^(?=```|~~~|#{1,6}\s)/, '\\')
    .replace(/[*_]+(?=([^]?))/g, escapeMarks)
    .replace(/\](?=\()/g, '\\]')
    .replace(/&(?=#?\w+;)/g, '\\&');
}

/** Escapes a run of marks before a word; the first one stays where it stands within a word. */
function escapeMarks(marks: string, next: string, at: number, text: string): string {
  if (next.trim() === '') return marks;
  const kept = /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at)) ? 1 : 0;
  return marks.slice(0, kept) + marks.slice(kept).replace(/./g, '\\$&');
}

function addTableRules(service: TurndownService): void {
  const layouts = new WeakMap<DomElement, boolean>();
  const isLayout = (table: DomElement | null) => {
    if (!table) return true;
    const known = layouts.get(table) ?? isLayoutTable(table);
    layouts.set(table, known);
    return known;
  };
  const begun = new WeakSet<DomElement>();
  service.addRule('tableCell', {
    filter: ['td', 'th'],
    replacement: (content, cell: DomElement) => {
      if (isLayout(cell.closest('table'))) return `\n\n${content}\n\n`;
      return ` ${content.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|')} |`;
    },
  });
  service.addRule('tableRow', {
    filter: 'tr',
    replacement: (content, row: DomElement) => {
      const table = row.closest('table');
      if (!table || isLayout(table)) return `\n\n${content}\n\n`;
      const cells = content.match(/(?<!\\)\|/g)?.length ?? 0;
      const rule = begun.has(table) || cells === 0 ? '' : `|${' --- |'.repeat(cells)}\n`;
      if (cells > 0) begun.add(table);
      return cells === 0 ? `\n\n${content}\n\n` : `|${content.trimEnd()}\n${rule}`;
    },
  });
  service.addRule('tableSection', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  service.addRule('tableCaption', { filter: 'caption', replacement: (content) => `\n\n${content}\n\n` });
}
