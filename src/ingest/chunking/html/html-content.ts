import { type DomElement, measureProse } from './html-tree.ts';

/** Elements that show no text of the page. `rt` and `rp` say how the word before is pronounced. */
const INVISIBLE =
  'script, style, noscript, template, iframe, svg, canvas, audio, video, head, title, meta, link, datalist, rt, rp';
/** What a page holds beside its content. A form control shows its own words, and a dialog those of the site. */
const BESIDE =
  'nav, dialog, select, option, textarea, menu, [hidden]:not([hidden="until-found"]), [aria-hidden="true"], [role="navigation"], [role="search"], [role="menu"], [role="menubar"], [role="toolbar"], [role="dialog"], [role="alertdialog"], [role="tooltip"]';
/** Parts of the page as a whole, unless they stand within its content. */
const AROUND = 'footer, aside, [role="contentinfo"], [role="complementary"], [role="banner"], header';
const CONTENT = 'main, [role="main"], article, section, blockquote, td, li';
/** An inline style that hides an element. */
const HIDING = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;
/** Classes of parts that pages repeat, by the words of the field. Identifiers are left out: they repeat headings. */
const REPEATED =
  /(?:^|[\s_-])(?:breadcrumbs?|cookie(?:s|bar|banner|consent|notice)?|consent|gdpr|onetrust|newsletter|pagination|pager|sidebar|share|sharing|social|related|skip-?(?:link|nav)|sr-only|visually-hidden|headerlink|toc|navbar|megamenu|dropdown-menu|disqus|advert(?:isement)?s?|sponsored|popup)(?=$|[\s_-])/i;
/** Repeated parts that hold more than this share of the prose together are content after all. */
const MOST_REPEATED = 0.5;
/** An article is the content of a page from this share of its prose on. A teaser or a comment is none. */
const LEAST_ARTICLE = 0.7;
/** The main part is declared to be the content. With less than this share it is a shell that a script would fill. */
const LEAST_MAIN = 0.2;

/** Removes from a page what is never shown. */
export function removeInvisible(body: DomElement): void {
  for (const element of body.querySelectorAll(INVISIBLE)) element.remove();
}

/**
 * Removes from a page what it holds beside its content, and finds the content: the declared main part or an article, where
 * it holds enough of the page's prose, else the whole body. Takes linear time for a bounded depth.
 */
export function selectContent(body: DomElement): DomElement {
  for (const element of body.querySelectorAll(BESIDE)) element.remove();
  for (const element of body.querySelectorAll('[style]'))
    if (HIDING.test(element.getAttribute('style') ?? '')) element.remove();
  for (const button of body.querySelectorAll('button'))
    if (button.getAttribute('aria-expanded') === null && !button.closest('h1, h2, h3, h4, h5, h6, summary'))
      button.remove();
  for (const element of body.querySelectorAll(AROUND))
    if (!element.parentNode?.closest(CONTENT) && !element.querySelector('h1, main, article, header p'))
      element.remove();
  removeRepeated(body);
  const prose = measureProse(body);
  const share = (element: DomElement) => (prose.get(element) ?? 0) / Math.max(1, prose.get(body) ?? 0);
  const largest = (selectors: string, least: number) =>
    [...body.querySelectorAll(selectors)]
      .filter((element) => share(element) >= least)
      .reduce<DomElement | undefined>((a, b) => (a && share(a) >= share(b) ? a : b), undefined);
  return largest('main, [role="main"]', LEAST_MAIN) ?? largest('article', LEAST_ARTICLE) ?? body;
}

function removeRepeated(body: DomElement): void {
  const prose = measureProse(body);
  const repeated = [...body.querySelectorAll('div, ul, ol, section, aside, p, a')].filter((element) =>
    REPEATED.test(element.getAttribute('class') ?? ''),
  );
  const lengths = repeated.map((element) => prose.get(element) ?? 0);
  const most = (prose.get(body) ?? 0) * MOST_REPEATED;
  if (lengths.reduce((sum, length) => sum + length, 0) > most) return;
  for (const element of repeated) element.remove();
}
