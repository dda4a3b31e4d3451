import { z } from 'zod';
import { JsonSize } from '../schemas/json-size.ts';

const entrySchema = z.object({ value: z.unknown(), expires_at: z.number() });

/** The stored text of a JSON value. `expiresAt` is in epoch milliseconds. */
export function encodeEntry(value: unknown, expiresAt: number): string {
  return JSON.stringify({ value, expires_at: expiresAt });
}

/**
 * Parses a stored text into the frozen value and its remaining milliseconds, above 0. `now` is in epoch milliseconds.
 * Returns undefined for a text that is damaged, foreign, of an earlier shape or expired.
 */
export function decodeEntry<T>(
  text: string,
  schema: z.ZodType<T>,
  now: number,
): { value: T; leftMs: number } | undefined {
  try {
    const { value, expires_at } = entrySchema.parse(JSON.parse(text));
    return expires_at > now ? { value: freeze(schema.parse(value)), leftMs: expires_at - now } : undefined;
  } catch {
    return undefined;
  }
}

/** The limits of a line and of the entry in it, ten times those of any entry. */
const LIMITS = { values: 100_000, depth: 32 };
const lineSchema = z.object({ key: z.string().regex(/^[\w-]{43}$/), entry: z.string() });

/** An entry with the hash of its key, as one line. */
export function encodeRecord(key: string, entry: string): string {
  return JSON.stringify({ key, entry });
}

/** Parses a line of `encodeRecord`. Returns undefined for any other text, or more values than any entry has. */
export function decodeRecord(line: string): { key: string; entry: string } | undefined {
  try {
    if (isTooMuch(line)) return undefined;
    const { data } = lineSchema.safeParse(JSON.parse(line));
    return data === undefined || isTooMuch(data.entry) ? undefined : data;
  } catch {
    return undefined;
  }
}

/** Whether parsing the text would block the process. Callers may import any text. */
function isTooMuch(json: string): boolean {
  return new JsonSize(LIMITS).add(Buffer.from(json)) !== undefined;
}

/** Freezes a JSON value deeply, because all callers share it. Returns the value. */
export function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
