import type { EmbeddingApi } from '../../config/app-config.ts';
import { isRecord } from '../error-body.ts';
import { BadResponseError } from '../errors.ts';

/**
 * Reads the vectors from an embedding service's parsed response.
 *
 * Models served without pooling return one vector per token. The first one (CLS) is taken, as the BGE models are trained
 * for. A mean would depend on the padding of the batch.
 * @param count how many texts were sent
 * @returns one finite vector per text, in the order of the texts, all of one dimension
 * @throws BadResponseError
 */
export function readVectors(api: EmbeddingApi, answer: unknown, count: number): number[][] {
  const items = api === 'openai' ? readOpenAi(answer) : readNested(answer, count);
  if (items.length !== count) throw new BadResponseError('wrong_count');
  const vectors = items.map(readVector);
  const dimension = vectors[0]?.length;
  if (vectors.some((vector) => vector.length !== dimension)) throw new BadResponseError('wrong_dimension');
  return vectors;
}

function readOpenAi(answer: unknown): unknown[] {
  if (!isRecord(answer) || !Array.isArray(answer['data'])) throw new BadResponseError('wrong_shape');
  const rows: unknown[] = answer['data'];
  const ordered: unknown[] = new Array(rows.length).fill(undefined);
  for (const row of rows) {
    if (!isRecord(row) || !isIndex(row['index'], rows.length)) throw new BadResponseError('wrong_shape');
    ordered[row['index']] = row['embedding'];
  }
  return ordered;
}

/** A host may answer a single text with its vector alone. */
function readNested(answer: unknown, count: number): unknown[] {
  if (!Array.isArray(answer)) throw new BadResponseError('wrong_shape');
  return count === 1 && answer.length > 0 && !Array.isArray(answer[0]) ? [answer] : answer;
}

function readVector(item: unknown): number[] {
  let vector = item;
  while (Array.isArray(vector) && Array.isArray(vector[0])) vector = vector[0];
  if (!Array.isArray(vector)) throw new BadResponseError('wrong_shape');
  if (vector.length === 0) throw new BadResponseError('wrong_dimension');
  if (!vector.every((value) => Number.isFinite(value))) throw new BadResponseError('not_finite');
  return vector;
}

function isIndex(value: unknown, length: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < length;
}
