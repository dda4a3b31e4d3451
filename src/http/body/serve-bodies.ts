import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { boundedIssues, type BoundedIssue } from '../../schemas/limited-schemas.ts';
import { parseStrictJson, type JsonFault } from '../../schemas/strict-json.ts';

/** What the thread sends: why the body is refused, or a part of it. After a part it waits to be asked for the next. */
export type BodyReply =
  { fault: JsonFault } | { issues: BoundedIssue[] } | { part: Record<string, unknown>; isLast: boolean };

/** Characters and values of one part. Raised, taking a part over stops the main thread for longer than some 10 ms. */
const PART_SIZE = 2_000_000;
/** What a value counts for beside its characters. */
const VALUE_SIZE = 200;

/**
 * Parses and validates bodies in this thread, one after the other. A valid body is sent in parts whose lists are to be
 * joined, because taking over a large message would stop the main thread.
 */
export function serveBodies(schema: z.ZodType<object>): void {
  let parts: Iterator<Record<string, unknown>, undefined> | undefined;
  let next: Record<string, unknown> | undefined;
  const sendPart = () => {
    const part = next;
    next = parts?.next().value;
    if (part) send({ part, isLast: next === undefined });
  };
  parentPort?.on('message', (bytes: Uint8Array | 'next') => {
    if (bytes === 'next') return sendPart();
    const parsed = parseStrictJson(bytes);
    if ('fault' in parsed) return send(parsed);
    const { data, error } = schema.safeParse(parsed.value);
    if (error) return send({ issues: boundedIssues(error.issues) });
    parts = split(data);
    next = parts.next().value;
    sendPart();
  });
}

function send(reply: BodyReply): void {
  parentPort?.postMessage(reply, []);
}

/** The value in parts: everything but the items of its lists, and then these, some at a time. */
function* split(value: object): Generator<Record<string, unknown>, undefined> {
  const lists = Object.entries(value).filter((field): field is [string, unknown[]] =>
    Array.isArray(field[1]),
  );
  yield { ...value, ...Object.fromEntries(lists.map(([name]) => [name, []])) };
  for (const [name, items] of lists) {
    let part: unknown[] = [];
    let size = 0;
    for (const item of items) {
      part.push(item);
      size += sizeOf(item);
      if (size < PART_SIZE) continue;
      yield { [name]: part };
      part = [];
      size = 0;
    }
    if (part.length > 0) yield { [name]: part };
  }
}

function sizeOf(root: unknown): number {
  const waiting = [root];
  let size = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    size += typeof value === 'string' ? value.length + VALUE_SIZE : VALUE_SIZE;
    if (typeof value === 'object' && value !== null) waiting.push(...Object.values(value));
  }
  return size;
}
