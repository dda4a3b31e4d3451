import type { Fault } from './fake-hugging-face-faults.ts';
import { jsonReply, type Reply } from './fake-hugging-face-replies.ts';

/** The three wire formats in which texts are embedded. */
export type FakeEmbeddingApi = 'hf' | 'tei' | 'openai';

/** The reply with the vectors of a list of texts, or of a single one; a fault may spoil them. */
export function embeddingReply(
  api: FakeEmbeddingApi,
  input: string | string[],
  given: number[][],
  fault: Fault | undefined,
): Reply {
  const vectors = spoil(given, fault);
  if (api === 'openai') {
    const form = fault?.kind === 'vectors' ? fault.form : undefined;
    if (form === 'bare') return sendable(vectors, fault);
    const data = vectors.map((vector, index) => ({
      object: 'embedding',
      ...(form === 'no_index' ? {} : { index }),
      embedding: form === 'base64' ? toBase64(vector) : vector,
    }));
    const usage = { prompt_tokens: 1, total_tokens: 1 };
    return sendable({ object: 'list', data, model: 'fake', usage }, fault);
  }
  if (fault?.kind === 'nested') {
    const perToken = vectors.map((vector) => [vector, vector.map((value) => -Number(value))]);
    return sendable(fault.depth === 3 ? perToken : perToken.map((tokens) => [tokens]), fault);
  }
  return sendable(api === 'hf' && typeof input === 'string' ? vectors[0] : vectors, fault);
}

function toBase64(vector: (number | null)[]): string {
  return Buffer.from(new Float32Array(vector.map(Number)).buffer).toString('base64');
}

/** A vector of length 1 from the text's words: the same text always gives the same, similar texts similar ones. */
export function embedText(text: string, dimension: number): number[] {
  const vector = new Array<number>(dimension).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    const hash = hashWord(word);
    const slot = hash % dimension;
    vector[slot] = (vector[slot] ?? 0) + (hash & 0x10000 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  // Words that cancel each other out still need a direction.
  if (length === 0) return vector.map((_, slot) => (slot === 0 ? 1 : 0));
  return vector.map((value) => value / length);
}

/** FNV-1a, 32 bits. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

function spoil(vectors: number[][], fault: Fault | undefined): (number | null)[][] {
  switch (fault?.kind) {
    case 'empty_answer':
      return [];
    case 'wrong_count':
      return [...vectors, ...vectors.slice(0, 1)];
    case 'wrong_dimension':
      return vectors.map((vector) => vector.slice(1));
    case 'mixed_dimensions':
      return vectors.map((vector, index) => vector.slice(index % 2));
    case 'null_values':
    case 'nan':
      return vectors.map((vector) => vector.map((value, slot) => (slot === 0 ? null : value)));
    default:
      return vectors;
  }
}

/** JSON has no NaN, but Python's writer sends it all the same. */
function sendable(body: unknown, fault: Fault | undefined): Reply {
  const reply = jsonReply(body, fault);
  if (fault?.kind !== 'nan') return reply;
  return { ...reply, parts: [reply.parts.join('').replaceAll('null', 'NaN')] };
}
