import { isRecord } from './is-record.ts';

/** A part of a request that some services refuse, and that can be said otherwise or left out. */
export type RequestPart = 'max_tokens' | 'max_completion_tokens' | 'temperature' | 'system';

/** What an error response complains of, where the request can be changed. */
export interface Complaint {
  /** The request is longer than the model's context: of how many tokens, where the response tells. */
  tooLong?: { limit: number | undefined };
  /** The parts that the response names, in its order. */
  parts: RequestPart[];
}

/** Raised, more of an error's text is searched, in time that grows with its length. */
const MAX_TEXT = 4_000;
const MAX_LEAVES = 200;
const MAX_DEPTH = 8;
/** Fields of validation errors that repeat what was sent. */
const ECHOES = new Set(['input', 'ctx', 'url', 'value']);

const TOO_LONG =
  /context.{0,3}(?:length|size|window|limit)|(?:maximum|max) (?:prompt|input|sequence|model) length|max_(?:input|model|seq|total)\w{0,8}_?(?:len|length|tokens)\b|too many (?:input |prompt )?tokens|\b(?:prompt|input|inputs|request|messages?)\b.{0,60}\btoo (?:long|large)|token count.{0,60}exceed|exceeds?\b.{0,60}\b(?:tokens|context)|(?:inputs?|prompt|tokens?)`?.{0,40}(?:must be <|must have less than|cannot exceed|is longer than)|reduce the length|requested tokens/;
/** A limit behind or before its words, in the order in which they are trusted. */
const LIMITS = [
  /(\d{3,8}) (?:maximum|tokens? (?:maximum|limit))/,
  /> ?(\d{3,8})/,
  /(?:must be <=?|must have less than|less than|at most|cannot exceed|<=) ?`?(\d{3,8})/,
  /(?:context|maximum|limit|max_\w{1,30})\D{0,40}?(\d{3,8})/,
];
const NAMED = /(?<![\w.])(?:max_completion_tokens|max_tokens|temperature)(?!\w)/g;
const SYSTEM =
  /\bsystem\b.{0,60}(?:\bnot\b|n't|unsupported|disallowed)|(?:\bnot\b|n't|unsupported|invalid|unknown|unexpected|\bgot\b).{0,60}\bsystem\b|roles? must alternate|only (?:the )?user\b.{0,40}\broles?\b|developer instruction|messages[[.]0\]?\.role/;

/** Reads what the parsed body of an error complains of. The result holds no text of the body. Pure; never throws. */
export function readComplaint(body: unknown): Complaint {
  const leaves: [string, string][] = [];
  collectLeaves(body, leaves);
  const text = leaves
    .flatMap(([key, value]) => (ECHOES.has(key) ? [] : [value]))
    .join('\n')
    .slice(0, MAX_TEXT)
    .toLowerCase()
    .replace(/(\d),(?=\d{3})/g, '$1');
  if (TOO_LONG.test(text)) {
    const context = leaves.find(([key]) => key === 'n_ctx')?.[1];
    const limit = Number(context ?? LIMITS.map((words) => words.exec(text)?.[1]).find(Boolean));
    return { tooLong: { limit: limit > 0 ? limit : undefined }, parts: [] };
  }
  const named = new Set(text.match(NAMED) as RequestPart[] | null);
  const isSystem = SYSTEM.test(text);
  return { parts: isSystem ? [...named, 'system'] : [...named] };
}

/** The texts and numbers of a parsed body, each with the name of its field; elements have that of their list. */
function collectLeaves(value: unknown, found: [string, string][], key = '', depth = 0): void {
  if (found.length >= MAX_LEAVES || depth > MAX_DEPTH) return;
  if (typeof value === 'string' || typeof value === 'number')
    found.push([key, String(value).slice(0, MAX_TEXT)]);
  else if (Array.isArray(value)) for (const item of value) collectLeaves(item, found, key, depth + 1);
  else if (isRecord(value) && !ECHOES.has(key))
    for (const [name, item] of Object.entries(value)) collectLeaves(item, found, name, depth + 1);
}
