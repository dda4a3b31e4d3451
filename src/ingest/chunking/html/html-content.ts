import { type DomElement, measureProse } from './html-tree.ts';

/** Elements that show no text of the page. `rt` and `rp` say how the word before is pronounced, `ac:parameter` is Confluence's. */
const INVISIBLE =
  'script, style, noscript, template:not([shadowrootmode]), iframe, svg, canvas, audio, video, head, title, meta, link, datalist, rt, rp, ac\\:parameter';
/** What a page holds beside its content. A form control shows its own words, and a dialog those of the site. */
const BESIDE =
  'nav, dialog, select, option, textarea, menu, [popover], [aria-modal="true"], [role="navigation"], [role="search"], [role="menu"], [role="menubar"], [role="toolbar"], [role="dialog"], [role="alertdialog"], [role="tooltip"]';
/** Parts of the page as a whole, unless they stand within its content. */
const AROUND = 'footer, aside, [role="contentinfo"], [role="complementary"], [role="banner"], header';
const CONTENT = 'main, [role="main"], article, section, blockquote, td, li';
/** Marks of what is not shown. */
const HIDDEN = '[hidden]:not([hidden="until-found"]), [aria-hidden="true"], [inert], [style]';
/** What a reader may open is content: a panel of tabs, or of a heading with a button. */
const PANEL = '[role="tabpanel"]';
const OPENING = ':is(h1, h2, h3, h4, h5, h6, dt, summary) [aria-controls], [role="tab"][aria-controls]';
/** An inline style that hides an element. */
const HIDING = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;
/** Classes of parts that pages repeat, by the words of the field. Identifiers are left out: they repeat headings. */
const REPEATED =
  /(?:^|[\s_-])(?:breadcrumbs?|cookie(?:s|bar|banner|consent|notice)?|consent|gdpr|onetrust|newsletter|pagination|pager|sidebar|share|sharing|social|related|skip-?(?:link|nav)|sr-only|visually-hidden|headerlink|toc2?|edit-(?:this-)?page|last-updated|navbar|megamenu|dropdown-menu|disqus|advert(?:isement)?s?|sponsored|popup|cc-(?:window|banner))(?=$|[\s_-])/i;
/** Classes of the numbers that Pygments, Rouge, highlight.js, SyntaxHighlighter and Hugo write beside lines of code. */
const LINE_NUMBERS =
  '.ln, .lnt, .linenos, .linenodiv, .lineno, .line-number, .line-numbers:not(pre), .gutter, .rouge-gutter, .hljs-ln-numbers, .blob-num';
/** Identifiers of the dialogs that the makers of consent tools add to a page. */
const CONSENT =
  /^(?:onetrust|ot-sdk|cybotcookiebot|cookie-law-info|didomi|qc-cmp2?|usercentrics|iubenda|cky|cmplz|truste|osano|sp_message)/i;
/** Repeated or hidden parts that hold more than this share of the prose together are content after all. */
const MOST_REMOVED = 0.5;
/** An article is the content of a page from this share of its prose on. A teaser or a comment is none. */
const LEAST_ARTICLE = 0.7;
/** The main part is declared to be the content. With less than this share it is a shell that a script would fill. */
const LEAST_MAIN = 0.2;

/** Removes from a page what is never shown, or shown a second time. */
export function removeInvisible(body: DomElement): void {
  for (const element of body.querySelectorAll(INVISIBLE)) element.remove();
  for (const element of body.querySelectorAll(LINE_NUMBERS))
    if (/^[\d\s]*$/.test(element.textContent ?? '')) element.remove();
  for (const formula of body.querySelectorAll('math')) {
    // A formula is written twice: as its parts, and as it was typed.
    const typed = formula.querySelector('annotation');
    if (typed) formula.textContent = typed.textContent;
  }
}

/**
 * Removes from a page what it holds beside its content, and finds the content: the declared main part or an article, where
 * it holds enough of the page's prose, else the whole body. Takes linear time for a bounded depth.
 */
export function selectContent(body: DomElement): DomElement {
  for (const element of body.querySelectorAll(BESIDE)) element.remove();
  removeHidden(body);
  for (const button of body.querySelectorAll('button'))
    if (button.getAttribute('aria-expanded') === null && !button.closest('h1, h2, h3, h4, h5, h6, summary'))
      button.remove();
  for (const element of body.querySelectorAll(AROUND))
    if (!element.parentNode?.closest(CONTENT) && !element.querySelector('h1, main, article, header p'))
      element.remove();
  removeRepeated(body);
  removeAnchors(body);
  const prose = measureProse(body);
  const share = (element: DomElement) => (prose.get(element) ?? 0) / Math.max(1, prose.get(body) ?? 0);
  const largest = (selectors: string, least: number) =>
    [...body.querySelectorAll(selectors)]
      .filter((element) => share(element) >= least)
      .reduce<DomElement | undefined>((a, b) => (a && share(a) >= share(b) ? a : b), undefined);
  return largest('main, [role="main"]', LEAST_MAIN) ?? largest('article', LEAST_ARTICLE) ?? body;
}

/** A dialog hides the page behind it, and a script may show what is hidden at first: then most of the page is marked. */
function removeHidden(body: DomElement): void {
  const opened = new Set<string>();
  for (const button of body.querySelectorAll(OPENING)) opened.add(button.getAttribute('aria-controls') ?? '');
  const isHidden = (element: DomElement) => {
    const style = element.getAttribute('style');
    const isMarked = style === null || HIDING.test(style) || element.getAttribute('aria-hidden') === 'true';
    const isPanel = element.closest(PANEL) === element || opened.has(element.getAttribute('id') ?? '');
    return (isMarked || element.getAttribute('hidden') !== null) && !isPanel;
  };
  removeUnlessMost(body, [...body.querySelectorAll(HIDDEN)].filter(isHidden));
}

function removeRepeated(body: DomElement): void {
  const repeated = [...body.querySelectorAll('div, ul, ol, section, aside, p, a, span')].filter(
    (element) =>
      REPEATED.test(element.getAttribute('class') ?? '') || CONSENT.test(element.getAttribute('id') ?? ''),
  );
  removeUnlessMost(body, repeated);
}

/** Removes elements, unless they hold most of the prose. */
function removeUnlessMost(body: DomElement, elements: DomElement[]): void {
  const prose = measureProse(body);
  const all = new Set(elements);
  const isWithin = ({ parentNode }: DomElement): boolean =>
    parentNode !== null && (all.has(parentNode) || isWithin(parentNode));
  const outermost = elements.filter((element) => !isWithin(element));
  const lengths = outermost.map((element) => prose.get(element) ?? 0);
  const most = (prose.get(body) ?? 0) * MOST_REMOVED;
  if (lengths.reduce((sum, length) => sum + length, 0) > most) return;
  for (const element of outermost) element.remove();
}

/** Removes the links of headings to themselves, which show a sign alone. */
export function removeAnchors(root: DomElement): void {
  for (const link of root.querySelectorAll(':is(h1, h2, h3, h4, h5, h6) a'))
    if (!/[\p{L}\p{N}]/u.test(link.textContent ?? '') && !link.querySelector('img')) link.remove();
}
