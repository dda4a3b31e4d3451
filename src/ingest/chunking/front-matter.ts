import { parse as parseToml, TomlDate } from 'smol-toml';
import { parse as parseYaml } from 'yaml';

/** A document's text, and the fields that stand before it for the generator of a site. */
export interface FrontMatter {
  /** Dates are texts. Values may be nested. Texts can be stored: what escapes in them name may not. */
  fields: Record<string, unknown>;
  body: string;
}

/** Longer front matter is text. Raised, reading one document may take longer. */
const MAX_CHARS = 50_000;
/** White space and comments before the front matter. */
const BEFORE = /^(?:\s|<!--(?:(?!--!?>)[^])*--!?>|\{\/\*(?:(?!\*\/\})[^])*\*\/\})*/;
const YAML = /^---(?:[ \t]*ya?ml)?(?:[ \t]+#.*|[ \t]*)\n(?:([^]*?)\n)??(?:---|\.\.\.)[ \t]*(?:\n|$)/;
const TOML = /^(?:\+\+\+|---[ \t]*toml)[ \t]*\n(?:([^]*?)\n)??(?:\+\+\+|---)[ \t]*(?:\n|$)/;
const JSON_OBJECT = /^(?:---[ \t]*json[ \t]*\n)?(\{[ \t]*\n[^]*?\n\})[ \t]*(?:\n---[ \t]*)?(?:\n|$)/;
/** Fields without a fence around them, as MultiMarkdown has them. */
const PLAIN = /^(title:[ \t]*\S.*\n(?:[\w-]+:.*\n|[ \t]+\S.*\n)*)[ \t]*\n/i;
/** Names of fields have no spaces, unlike a sentence with a colon between two rules. */
const NAME = /^[\w.-]+$/;
/** A field on a line of its own, for front matter that is no valid YAML. */
const FIELD = /^([A-Za-z_][\w-]*)[ \t]*:[ \t]*(\S.*)$/;

/**
 * Separates the front matter from a text: YAML between lines of dashes, TOML between lines of plus signs, a JSON object, or
 * plain fields that begin with a title. White space and comments may stand before it. Line ends must be `\n` alone.
 */
export function readFrontMatter(text: string): FrontMatter {
  const from = BEFORE.exec(text.slice(0, MAX_CHARS))?.[0].length ?? 0;
  const head = text.slice(from, from + MAX_CHARS);
  for (const [pattern, read] of READERS) {
    const found = pattern.exec(head);
    const fields = found && read(found[1] ?? '');
    if (!found || !fields) continue;
    const body = text.slice(from + found[0].length);
    const storable = Object.entries(fields)
      .filter(([name]) => name !== '__proto__')
      .map(([name, value]) => [name, toStorable(value)] as const);
    return { fields: Object.fromEntries(storable), body };
  }
  return { fields: {}, body: text };
}

/** A text without NUL characters and lone surrogates, which no text is stored with. Other values stay. */
function toStorable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;
}

type Read = (source: string) => Record<string, unknown> | undefined;

const READERS: [RegExp, Read][] = [
  [TOML, readToml],
  [
    YAML,
    (source) =>
      tryToRead(source, (yaml) => parseYaml(yaml, { logLevel: 'error', uniqueKeys: false })) ??
      readLines(source),
  ],
  [JSON_OBJECT, (source) => tryToRead(source, JSON.parse)],
  [PLAIN, readLines],
];

function readToml(source: string): ReturnType<Read> {
  const fields = tryToRead(source, parseToml);
  return (
    fields &&
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        value instanceof TomlDate ? value.toISOString() : value,
      ]),
    )
  );
}

function tryToRead(source: string, parse: (source: string) => unknown): ReturnType<Read> {
  try {
    const fields = parse(source) ?? {};
    if (typeof fields !== 'object' || Array.isArray(fields)) return undefined;
    return Object.keys(fields).every((name) => NAME.test(name))
      ? (fields as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function readLines(source: string): ReturnType<Read> {
  const fields: Record<string, unknown> = {};
  for (const line of source.split('\n')) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    if (name !== '') fields[name] = value.trim().replace(/^(["'])(.*)\1$/, '$2');
  }
  return Object.keys(fields).length > 0 ? fields : undefined;
}
