import { isRecord } from '../is-record.ts';
import { BadResponseError } from '../errors.ts';

/**
 * Fields in which services wrap vectors, or one vector: OpenAI's `data` and `embedding`, Ollama's and Cohere's `embeddings`
 * with `float` or `base64` inside, Google's `predictions` and `values`, Cloudflare's `result`, DashScope's `output`,
 * watsonx's `results`.
 */
const WRAPPERS = [
  'data',
  'embeddings',
  'embedding',
  'predictions',
  'result',
  'results',
  'output',
  'outputs',
  'vectors',
  'vector',
  'float',
  'values',
  'base64',
];
/** `result` → `data` → a row's `embeddings` → `values`. Raised, answers that are wrapped more deeply are understood. */
const MAX_WRAPPERS = 3;
/** Base64 in whole groups of four, as encoders write it, in either alphabet. */
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** A place as some serializers write it. */
const DIGITS = /^\d{1,4}$/;
const FLOAT_BYTES = 4;

/**
 * Reads the vectors from an embedding service's parsed response: lists of numbers or base64 of little-endian floats, bare
 * or wrapped, whatever wire format was asked for. Rows have the order of their `index`, or without one that of the texts.
 *
 * Models served without pooling return one vector per token. The first one (CLS) is taken, as the BGE models are trained
 * for. A mean would depend on the padding of the batch.
 * @param count how many texts were sent
 * @returns one finite vector per text, in the order of the texts, all of one dimension
 * @throws BadResponseError
 */
export function readVectors(answer: unknown, count: number): number[][] {
  const vectors = readItems(unwrap(answer), count).map(readVector);
  const dimension = vectors[0]?.length;
  if (vectors.some((vector) => vector.length !== dimension)) throw new BadResponseError('wrong_dimension');
  return vectors;
}

function unwrap(value: unknown): unknown {
  let inner = value;
  for (let depth = 0; depth < MAX_WRAPPERS && isRecord(inner) && !Array.isArray(inner); depth++) {
    const record = inner;
    const field = WRAPPERS.find((name) => record[name] !== undefined && record[name] !== null);
    if (field === undefined) throw new BadResponseError('wrong_shape');
    inner = record[field];
  }
  return inner;
}

/** A host may answer a single text with its vector alone. */
function readItems(list: unknown, count: number): unknown[] {
  const isVector = typeof list === 'string' || (Array.isArray(list) && typeof list[0] === 'number');
  if (count === 1 && isVector) return [list];
  if (!Array.isArray(list)) throw new BadResponseError('wrong_shape');
  if (list.length !== count) throw new BadResponseError('wrong_count');
  return list.some((row) => isRecord(row) && !Array.isArray(row)) ? inOrder(list) : list;
}

/**
 * Serializers that omit zeros omit the index 0. So a row without an index takes its own position, or the last one that is
 * left when it is the only one without.
 */
function inOrder(rows: unknown[]): unknown[] {
  const indexes = rows.map(readIndex);
  const missing = indexes.filter((index) => index === undefined).length;
  const free = missing === 1 ? rows.findIndex((_, position) => !indexes.includes(position)) : undefined;
  const ordered = new Map<unknown, unknown>();
  for (const [position, row] of rows.entries()) ordered.set(indexes[position] ?? free ?? position, row);
  const isWhole = rows.every((_, position) => ordered.has(position));
  if (!isWhole) throw new BadResponseError('wrong_shape');
  return rows.map((_, position) => ordered.get(position));
}

function readIndex(row: unknown): unknown {
  const index = isRecord(row) ? row['index'] : undefined;
  return typeof index === 'string' && DIGITS.test(index) ? Number(index) : (index ?? undefined);
}

function readVector(item: unknown): number[] {
  let vector = unwrap(item);
  while (Array.isArray(vector) && Array.isArray(vector[0])) vector = vector[0];
  if (typeof vector === 'string') vector = decode(vector);
  if (!Array.isArray(vector)) throw new BadResponseError('wrong_shape');
  if (vector.length === 0) throw new BadResponseError('wrong_dimension');
  if (!vector.every((value) => Number.isFinite(value))) throw new BadResponseError('not_finite');
  return vector;
}

function decode(text: string): number[] {
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw new BadResponseError('wrong_shape');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % FLOAT_BYTES !== 0) throw new BadResponseError('wrong_shape');
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, at) => bytes.readFloatLE(at * FLOAT_BYTES));
}
