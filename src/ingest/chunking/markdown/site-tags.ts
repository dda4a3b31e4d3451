/** A tag that a site generator reads, in a text. */
export interface SiteTag {
  start: number;
  end: number;
  /** As it stands, with the slash of a closing tag. */
  name: string;
  kind: 'component' | 'template';
  /** Whether it is neither a type parameter nor a placeholder, wherever it stands. */
  isCertain: boolean;
  /** The texts that it shows, without those that another one holds. */
  texts: string[];
}

/** The beginning of a component of MDX, or of a template tag as Liquid and Hugo have it, with its name. */
const BEGIN = /<(\/?[A-Z][\w.]*)(?=[\s/>])|(?:\{%-?|\{\{[<%])[ \t]*((?:\/[ \t]*)?[\w.-]+)?/g;
const HAS_ATTRIBUTE = /\s(?:[\w:.@-]+=|\{)/;
/** Braces within braces in a component's tag. Raised, hostile text takes longer in proportion. */
const MAX_DEPTH = 8;
/** An argument in quotation marks, which are bounded: without a bound a long one would overflow the stack. */
const ARGUMENT =
  /\s(?:([\w:-]+)=)?(?:"((?:[^"\\]|\\[^]){0,2000})"|'((?:[^'\\]|\\[^]){0,2000})'|\{["'`]([^"'`{}]*)["'`]\})/g;
/** Names of the arguments that a page shows. The last two are identifiers elsewhere than in a tab. */
const SHOWN = /^(?:title|label|header|caption|alt|text|content|summary|description)$/;
const SHOWN_OF_TABS = /^(?:name|value)$/;
const TAB = /^(?:\w+\.)?tab(?:-?item|-?panel)?$/i;
/** A tab of Jekyll's plugin, which has the name of its group before its own, both without quotation marks. */
const BARE_TAB = /^\{%-?\s*tab\s+[\w.-]+\s([^"'=%]+)%\}$/;
/** Tags whose quoted arguments without a name are titles. */
const TITLED = /^(?:tab|details|expand|collapse|accordion|notice|admonition|callout|hint|note|tip|warning)$/i;
/** Tags that compute. */
const STATEMENT = /^(?:if|elif|elsif|unless|case|when|for|assign|set|capture|comment|with|macro|cycle)$/;

/** Where the tag ends that a text begins with; undefined without one. */
export function endOfTag(text: string): number | undefined {
  const [begin, component] = new RegExp(BEGIN, 'y').exec(text) ?? [];
  if (begin === undefined) return undefined;
  return component ? endOfComponent(text, begin.length) : endOfTemplate(text, 0);
}

/** Finds the tags of components and templates in a text, in their order. Takes linear time. */
export function* findTags(text: string): Generator<SiteTag> {
  const begin = new RegExp(BEGIN);
  for (let found = begin.exec(text); found; found = begin.exec(text)) {
    const [, component, template = ''] = found;
    const start = found.index;
    const end = component ? endOfComponent(text, begin.lastIndex) : endOfTemplate(text, start);
    if (end === undefined) continue;
    const source = text.slice(start, end);
    const name = component ?? template.replace(/[ \t]/g, '');
    const isCertain =
      !component || name.startsWith('/') || source.endsWith('/>') || HAS_ATTRIBUTE.test(source);
    const kind = component ? 'component' : 'template';
    yield { start, end, name, kind, isCertain, texts: readTexts(name, source) };
    begin.lastIndex = end;
  }
}

/** Writes in place of each tag within a line the texts that it shows. Takes linear time. */
export function replaceTags(line: string): string {
  const tags = [...findTags(line)];
  const closed = new Set(tags.map(({ name }) => name).filter((name) => name.startsWith('/')));
  const shown: string[] = [];
  let at = 0;
  for (const { start, end, name, kind, isCertain, texts } of tags) {
    if (!isCertain && !closed.has(`/${name}`)) continue;
    if (at < start) shown.push(line.slice(at, start));
    at = end;
    if (texts.length === 0) continue;
    const isComponent = kind === 'component';
    const next = line[end] ?? '';
    const isBeforeText = isComponent
      ? line[end - 2] !== '/' && /\S/.test(next)
      : /[\p{Lu}\p{Lo}\p{N}*[]/u.test(next);
    const isAfterText = isComponent && /[\p{L}\p{N}.!?]$/u.test(shown.at(-1)?.slice(-2) ?? '');
    shown.push((isAfterText ? ' ' : '') + texts.join(' ') + (isBeforeText ? ': ' : ''));
  }
  return shown.join('') + line.slice(at);
}

/** Whether one tag ends what another one begins. */
export function isClosing(tag: SiteTag, opening: SiteTag): boolean {
  return tag.name === `/${opening.name}` || tag.name === `end${opening.name}`;
}

function endOfTemplate(text: string, start: number): number | undefined {
  const mark = text.startsWith('{%', start) ? /\{%|(%\})/g : /\{\{[<%]|([>%]\}\})/g;
  mark.lastIndex = start + 2;
  return mark.exec(text)?.[1] ? mark.lastIndex : undefined;
}

/** The end of a component's tag, whose values may be quoted or code in braces. */
function endOfComponent(text: string, from: number): number | undefined {
  const mark = /["'`{}<>]/g;
  mark.lastIndex = from;
  let depth = 0;
  let quote: string | undefined;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [sign] = found;
    if (quote !== undefined) quote = sign === quote ? undefined : quote;
    else if ('"\'`'.includes(sign)) quote = sign;
    else if (sign === '{') depth++;
    else if (sign === '}') depth--;
    else if (depth === 0) return sign === '>' ? mark.lastIndex : undefined;
    if (depth < 0 || depth > MAX_DEPTH) return undefined;
  }
  return undefined;
}

function readTexts(tag: string, source: string): string[] {
  if (STATEMENT.test(tag)) return [];
  const isTab = TAB.test(tag);
  const bare = isTab ? BARE_TAB.exec(source)?.[1]?.replace(/-$/, '').trim() : undefined;
  if (bare) return [bare];
  const shown = new Map<string, string>();
  for (const [, name = '', a, b, c] of source.matchAll(ARGUMENT)) {
    const isShown = name === '' ? TITLED.test(tag) : SHOWN.test(name) || (isTab && SHOWN_OF_TABS.test(name));
    const text = (a ?? b ?? c ?? '').replace(/\\(["'])/g, '$1').trim();
    if (isShown && !shown.has(name) && /[\p{L}\p{N}]/u.test(text)) shown.set(name, text);
  }
  // The value of a tab with a label is an identifier.
  if (shown.size > 1) shown.delete('value');
  const texts = [...new Set(shown.values())];
  return texts.filter((text) => !texts.some((other) => other !== text && other.includes(text)));
}
