import { escapeUTF8 } from 'entities';

/** The white space before the lines of a template, which would be a third of a page. */
const INDENT = /\n +/g;

/** Markup. Made by the tag `html` alone, which escapes every text. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What a template takes: markup as it is, texts escaped, and nothing for undefined and false. */
type Part = Html | string | number | undefined | false | Part[];

/** Makes markup. Texts are escaped, also within the quotes of an attribute. */
export function html(markup: TemplateStringsArray, ...parts: Part[]): Html {
  const raw = markup.map((text) => text.replace(INDENT, '\n'));
  return new Html(String.raw({ raw }, ...parts.map(toMarkup)));
}

/** A text whose `code` is shown as such. */
export function prose(text: string): Html {
  const parts = text
    .split('`')
    .map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
  return html`${parts}`;
}

function toMarkup(part: Part): string {
  if (part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(toMarkup).join('');
  return part instanceof Html ? part.markup : escapeUTF8(String(part));
}
