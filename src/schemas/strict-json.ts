import { isUtf8 } from 'node:buffer';
import { JsonSize, type JsonExcess } from './json-size.ts';

/**
 * The most values of one body; 1,000 documents with 50 metadata fields each have 57,000. Raised, one body takes more of the
 * memory.
 */
export const MAX_VALUES = 60_000;
/** Far deeper than any body that a schema accepts. */
export const MAX_DEPTH = 32;

/** Why bytes are not taken as JSON. */
export type JsonFault = 'not_utf8' | 'not_json' | JsonExcess;

/**
 * Parses JSON in UTF-8 with a bounded number of values and levels. Invalid UTF-8 is not replaced: a text would be stored that
 * nobody sent. Names that reach an object's prototype are refused.
 */
export function parseStrictJson(
  bytes: Uint8Array,
  values = MAX_VALUES,
): { value: unknown } | { fault: JsonFault } {
  if (!isUtf8(bytes)) return { fault: 'not_utf8' };
  const excess = new JsonSize({ values, depth: MAX_DEPTH }).add(bytes);
  if (excess) return { fault: excess };
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return namesPrototype(value) ? { fault: 'not_json' } : { value };
  } catch {
    return { fault: 'not_json' };
  }
}

function namesPrototype(root: unknown): boolean {
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return true;
    const { constructor } = value as { constructor: unknown };
    if (typeof constructor === 'object' && constructor !== null && Object.hasOwn(constructor, 'prototype'))
      return true;
    for (const part of Object.values(value)) waiting.push(part);
  }
  return false;
}
