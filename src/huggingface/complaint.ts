import { isRecord } from './is-record.ts';
import { readBatchLimit } from './batch-limit.ts';

/** A part of a request that some services refuse, and that can be said otherwise or left out. */
export type RequestPart =
  | 'max_tokens'
  | 'max_completion_tokens'
  | 'temperature'
  | 'top_p'
  | 'stop'
  | 'seed'
  | 'stream_options'
  | 'system'
  | 'encoding_format'
  | 'truncate';

/** What an error response complains of, where the request can be changed. */
export interface Complaint {
  /** The request is longer than the model's context: of how many tokens, where the response tells. */
  tooLong?: { limit: number | undefined };
  /** The parts that the response names, in its order. */
  parts: RequestPart[];
  /** The most texts in one call, where an embedding host tells. */
  batchLimit?: number | undefined;
}

/** Raised, more of an error's text is searched, in time that grows with its length. */
const MAX_TEXT = 4_000;
const MAX_LINES = 400;
const MAX_DEPTH = 8;
/** Fields of a validation error that repeat what was sent. */
const ECHOES = new Set(['input', 'ctx', 'url', 'value']);
/** Fields whose number is a limit, and none that was sent. */
const LIMIT_FIELD = /^n_ctx$|limit$|^max_(?!(?:completion_)?tokens$)/i;

const TOO_LONG =
  /context.{0,3}(?:length|size|window|limit|shift)|(?:maximum|max|range of) (?:prompt|input|sequence|model) length|max_(?:input|model|seq|total)\w{0,8}_?(?:len|length|tokens)\b|too many (?:input |prompt )?tokens|\b(?:prompt|input|inputs|request|messages?)\b.{0,60}\btoo (?:long|large)|token count.{0,60}(?:exceed|only supports)|exceed(?:s|ed|ing)?\b.{0,60}\b(?:tokens?|context|max length)|(?:inputs?|prompt|tokens?)\b`?.{0,60}(?:must be <|must have less than|(?:cannot|can't|must not) exceed|which exceeds|(?:longer|larger|greater|more) than)|reduce the length|requested tokens|max_(?:completion_)?tokens must be at least 1, got|超长/;
/** The answer alone is too long: another part of the request says how long it may be. */
const ANSWER_TOO_LONG =
  /^(?!.*(?:context|prompt|input|messages)).*\b(?:(?:completion|output) tokens|maximum tokens you requested)/s;
/** A limit of the answer by the name of its field, also where the text goes on to compare it with the context. */
const ANSWER_LIMIT =
  /^\W?max_(?:completion_|new_)?tokens\W? (?:must|should|can(?:no|')t) be (?:less|at most|<|(?:greater|larger))/m;
/** A limit behind or before its words, in the order in which they are trusted. */
const LIMITS = [
  /^n_ctx (\d{1,8})$/m,
  /context[\w -]{0,20} limit[^\w\n]{0,4}(\d{3,8})/,
  /(\d{3,8}) (?:maximum|tokens? (?:maximum|limit))/,
  /> ?(\d{3,8})/,
  /(?:must be <=?|must have less than|less than|more than the|at most|up to|exceed|<=) ?`?(\d{3,8})/,
  /\[\d{1,8}, ?(\d{3,8})\]/,
  /(?:context|maximum|limit(?! exceeded by)|session_len|max_\w{1,30})[^\d\n]{0,40}?(\d{3,8})/,
];
/** Of the names that are words of any text, those alone on a line or in quotation marks. */
const NAMED =
  /(?<![\w.])(?:max_completion_tokens|max_tokens|temperature)(?!\w)|\b(?:encoding_format|truncate|top_p|stream_options)\b|(?<=^|['"`])(?:stop|seed)(?=$|['"`])|(?<=: ?)(?:stop|seed)$/gm;
const SYSTEM =
  /\bsystem\b.{0,60}(?:\bnot\b|n't|cannot|unsupported|disallowed|disabled|forbidden|invalid|不支持)|(?:\bnot\b|n't|cannot|unsupported|invalid|unknown|unexpected|\bgot\b).{0,60}\bsystem\b|roles? must alternate|only (?:the )?user\b.{0,40}\broles?\b|(?:must|should) be .{0,12}\buser\b.{0,8}\bassistant\b|first message must|developer instruction|messages[[.]0\]?\.role/;
/** Where none of these words stands, another system is spoken of. */
const OF_MESSAGES = /\b(?:roles?|assistant|messages?|instructions?|prompts?|support\w*)\b/;

/** Reads what the parsed body of an error complains of. The result holds no text of the body. Pure; never throws. */
export function readComplaint(body: unknown): Complaint {
  const lines: string[] = [];
  collectLines(body, lines);
  const text = lines
    .join('\n')
    .slice(0, MAX_TEXT)
    .toLowerCase()
    .replace(/(\d),(?=\d{3})/g, '$1');
  const batchLimit = readBatchLimit(text);
  if (TOO_LONG.test(text) && !ANSWER_TOO_LONG.test(text) && !ANSWER_LIMIT.test(text)) {
    const limit = Number(LIMITS.map((words) => words.exec(text)?.[1]).find(Boolean));
    return { tooLong: { limit: limit > 0 ? limit : undefined }, parts: [], batchLimit };
  }
  const parts = new Set(text.match(NAMED) as RequestPart[] | null);
  if (text.split('\n').some((line) => SYSTEM.test(line) && OF_MESSAGES.test(line))) parts.add('system');
  return { parts: [...parts], batchLimit };
}

/**
 * The texts of a parsed body, each in a line of its own behind one with the name of its field, which may be what the text
 * complains of. Of the numbers, those that are limits, in one line with their name. Elements have the name of their list.
 */
function collectLines(value: unknown, found: string[], key = '', depth = 0): void {
  if (found.length >= MAX_LINES || depth > MAX_DEPTH) return;
  if (typeof value === 'string') found.push(key, value.slice(0, MAX_TEXT).replace(/[\r\n]+/g, ' '));
  else if (typeof value === 'number' && LIMIT_FIELD.test(key)) found.push(`${key} ${value}`);
  else if (Array.isArray(value)) for (const item of value) collectLines(item, found, key, depth + 1);
  else if (isRecord(value))
    for (const [name, item] of Object.entries(value))
      if (!('msg' in value && ECHOES.has(name))) collectLines(item, found, name, depth + 1);
}
