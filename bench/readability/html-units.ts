import { parseHTML } from 'linkedom';
import { splitIntoLines, splitIntoSentences, type Unit } from './units.ts';

/** What is used of a node. */
interface HtmlNode {
  nodeName: string;
  nodeType: number;
  textContent: string | null;
}

interface HtmlElement extends HtmlNode {
  childNodes: Iterable<HtmlNode>;
  getAttribute(name: string): string | null;
}

const UNREAD = 'script, style, noscript, template, nav, iframe, svg';
const BLOCKS = new Set(
  (
    'ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY DD DETAILS DIV DL DT FIGCAPTION FIGURE FOOTER H1 H2 H3 H4 H5 H6 HEADER ' +
    'LI MAIN OL P PRE SECTION SUMMARY TABLE TBODY TD TFOOT TH THEAD TR UL'
  ).split(' '),
);
const TEXT = 3;
const ELEMENT = 1;

/** The units of HTML: what stands between the boundaries of block elements and line breaks. */
export function* readHtmlUnits(html: string): Generator<Unit> {
  const { document } = parseHTML(`<html><body>${html}</body></html>`);
  for (const element of document.querySelectorAll(UNREAD)) element.remove();
  yield* readBlock(document.body as HtmlElement);
}

function* readBlock(block: HtmlElement): Generator<Unit> {
  if (block.nodeName === 'PRE') {
    yield* splitIntoLines(block.textContent ?? '');
    return;
  }
  const runs = [...readRuns(block)];
  const [only] = runs;
  if (/^H[1-6]$/.test(block.nodeName) && runs.length === 1 && typeof only === 'string')
    yield { text: only, kind: 'heading' };
  else for (const run of runs) yield* typeof run === 'string' ? splitIntoSentences(run) : readBlock(run);
}

/** The text between the blocks in an element, and these blocks, in order. */
function* readRuns(element: HtmlElement): Generator<string | HtmlElement> {
  let run = '';
  for (const part of readInline(element)) {
    if (typeof part === 'string') run += part;
    else {
      if (run.trim() !== '') yield run;
      run = '';
      if (part.nodeName !== 'BR') yield part;
    }
  }
  if (run.trim() !== '') yield run;
}

function* readInline(element: HtmlElement): Generator<string | HtmlElement> {
  for (const node of element.childNodes) {
    if (node.nodeType === TEXT) yield node.textContent ?? '';
    if (node.nodeType !== ELEMENT) continue;
    const child = node as HtmlElement;
    if (child.nodeName === 'IMG') yield child.getAttribute('alt') ?? '';
    else if (child.nodeName === 'BR' || BLOCKS.has(child.nodeName)) yield child;
    else yield* readInline(child);
  }
}
