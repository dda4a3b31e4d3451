import { parseHTML } from 'linkedom';
import { type DomElement, type DomNode, tidyTree } from './html-tree.ts';
import { spreadSpans } from './html-tables.ts';
import { removeAnchors, removeInvisible, selectContent } from './html-content.ts';
import { createConverter, type HtmlConverter } from './html-rules.ts';
import { xmlToHtml } from './xml.ts';
import { replaceEmbeddedData } from '../embedded-data.ts';
import { cleanMarkdown } from '../markdown/markdown-noise.ts';
import { UnreadableDocumentError } from '../../documents/unreadable-document.ts';

/** The conversion is recursive. Real pages are far less deep. */
const maxDepth = 200;
/** Raised, hostile pages slow down the parser itself. The count is higher than the depth, because tags may stay open. */
const maxOpenTags = 2_000;
/** Neighbours converted at a time. Raised, a single step of the conversion takes longer. */
const batchSize = 50;

const blocks =
  'address, article, aside, blockquote, center, div, dl, fieldset, figure, footer, form, h1, h2, h3, h4, h5, h6, header, hr, main, ol, p, pre, section, table, ul';
const wrappers = new Set('ARTICLE ASIDE CENTER DIV FOOTER FORM HEADER MAIN SECTION'.split(' '));

/**
 * Reads an HTML page or fragment as Markdown, piece by piece: its main part or else its body, without scripts, styles,
 * navigation and embedded frames.
 * @throws UnreadableDocumentError if it is nested deeper than 200 levels
 */
export function* readHtml(html: string): Generator<string> {
  const source = xmlToHtml(html.replaceAll('--!>', '-->'));
  if (countOpenTags(source) > maxOpenTags)
    throw new UnreadableDocumentError('is nested too deeply to be read');
  const parse = () => {
    const { document } = parseHTML(`<html><body>${source}</body></html>`);
    removeInvisible(document.body);
    if (tidyTree(document.body) > maxDepth)
      throw new UnreadableDocumentError('is nested too deeply to be read');
    return document;
  };
  let document = parse();
  let root = selectContent(document.body);
  if (!root.textContent?.trim()) {
    // All of it is marked as hidden, until a script shows it.
    document = parse();
    root = document.body;
  }
  spreadSpans(root);
  yield* convert(root, () => document.createElement('div'), createConverter());
}

/** Where a title may begin, or what is no part of the page: comments, code and pictures may hold titles of their own. */
const TITLE_MARK = /<!--|<(script|style|svg|template|noscript|title|h1)(?:\s[^<>]*)?>/gi;

/** The text of the page's title element, else of its first H1, else null. Takes linear time. */
export function readHtmlTitle(html: string): string | null {
  let heading = '';
  const hasNoMore = new Set<string>();
  const mark = new RegExp(TITLE_MARK);
  for (let found = mark.exec(html); found; found = mark.exec(html)) {
    const name = found[1]?.toLowerCase() ?? '';
    if (name === 'h1') {
      heading ||= html.slice(found.index, found.index + 2_000);
      continue;
    }
    const closing = new RegExp(name === '' ? '--!?>' : `</${name}`, 'gi');
    closing.lastIndex = mark.lastIndex;
    const end = hasNoMore.has(name) ? undefined : closing.exec(html)?.index;
    if (end === undefined) {
      hasNoMore.add(name);
      continue;
    }
    const title = name === 'title' && readHeading(`<h1>${html.slice(mark.lastIndex, end)}</h1>`);
    if (title) return title;
    mark.lastIndex = end;
  }
  return readHeading(heading);
}

function readHeading(html: string): string | null {
  const { document } = parseHTML(`<html><body>${html}</body></html>`);
  removeAnchors(document.body);
  const text: string = document.querySelector('h1')?.textContent ?? '';
  return text.replace(/\s+/g, ' ').trim() || null;
}

/** HTML within Markdown, as Markdown. Of HTML that is nested too deeply, only the text. */
export function htmlToMarkdown(html: string): string {
  try {
    return [...readHtml(html)].join('\n\n');
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return cleanMarkdown(html);
  }
}

/** Descends into elements that only wrap other blocks, and converts the blocks in batches. */
function* convert(
  root: DomElement,
  createBatch: () => DomElement,
  converter: HtmlConverter,
): Generator<string> {
  let batch: DomNode[] = [];
  const flush = () => {
    const container = createBatch();
    for (const node of batch) container.appendChild(node);
    batch = [];
    // Its lines may have been elements until now.
    return replaceEmbeddedData(converter.turndown(container));
  };
  for (const child of root.childNodes) {
    if (wrappers.has(child.nodeName) && (child as DomElement).querySelector(blocks)) {
      yield flush();
      yield* convert(child as DomElement, createBatch, converter);
      continue;
    }
    batch.push(child);
    if (batch.length >= batchSize && child.nodeType === 1) yield flush();
  }
  yield flush();
}

/** The most elements open at the same time. Elements that may stay unclosed are not counted. */
function countOpenTags(html: string): number {
  const mayStayOpen =
    /^(?:p|li|dt|dd|td|th|tr|thead|tbody|tfoot|option|br|img|input|hr|meta|link|area|base|col|embed|param|source|track|wbr)$/i;
  let open = 0;
  let most = 0;
  for (const [, slash, name = '', rest] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)([^<>]*)>/gi)) {
    if (mayStayOpen.test(name) || rest?.endsWith('/')) continue;
    open = Math.max(0, open + (slash ? -1 : 1));
    most = Math.max(most, open);
  }
  return most;
}
