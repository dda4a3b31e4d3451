import { z } from 'zod';

/** What schemas take that find it out by code. A copy of a schema has the shape of its original. */
const shapes = z.registry<{ shape: unknown }>();

/** Registers what the schema takes, and returns the schema. */
export function withShape<T extends z.ZodType>(schema: T, shape: z.ZodType): T {
  shapes.add(schema, { shape });
  return schema;
}

/** The registered shape of a schema, from which its JSON Schema is made; undefined where the schema says itself what it takes. */
export function shapeOf(schema: z.core.$ZodType): z.ZodType | undefined {
  return shapes.get(schema)?.shape as z.ZodType | undefined;
}

/** The most faults of one request that are looked for and named. Further ones are found once these are corrected. */
export const MAX_FAULTS = 20;

/** The `params` of a check that refuses the request with another code than `invalid_request`. */
export interface Refusal {
  refusal: 'payload_too_large';
}

/** An object with at most `max` fields. The fields are counted before the first is parsed. */
export function limitedRecord<K extends z.ZodType<string, string>, V extends z.ZodType>(
  key: K,
  value: V,
  max: number,
) {
  return z.preprocess(
    (given, context) => {
      const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
      if (isRecord && Object.keys(given).length > max) context.addIssue(`at most ${max} fields`);
      return given;
    },
    z.record(key, value).meta({ maxProperties: max }),
  );
}

/**
 * A list. The items are counted before the first is parsed, and none is parsed after MAX_FAULTS faults.
 * @param tooMany the message for more than `max` items, and the code that refuses the request
 */
export function limitedList<T>(item: z.ZodType<T>, max: number, tooMany: { error: string; params: Refusal }) {
  return withShape(z.array(z.unknown()), z.array(item).max(max))
    .refine((items) => items.length <= max, { ...tooMany, abort: true })
    .transform((items, context): T[] => {
      const parsed: T[] = [];
      for (const [index, given] of items.entries()) {
        const { data, error } = item.safeParse(given);
        if (!error) parsed.push(data);
        for (const { path, message } of error?.issues ?? [])
          context.addIssue({ code: 'custom', message, path: [index, ...path] });
        if (context.issues.length >= MAX_FAULTS) break;
      }
      return parsed;
    });
}

/** Longest path and longest message of a fault, in characters: both may repeat names that were sent. */
const MAX_FAULT_CHARS = 200;

/** One fault of a value, of bounded size whatever was sent. */
export interface BoundedIssue {
  path: string;
  message: string;
  refusal?: Refusal['refusal'];
}

/** What a schema finds wrong with a value. */
interface Issue {
  message: string;
  path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  params?: Partial<Refusal>;
}

/** The first faults that a schema found, shortened. */
export function boundedIssues(issues: readonly Issue[]): BoundedIssue[] {
  return issues.slice(0, MAX_FAULTS).map(({ path = [], message, params }) => {
    const names = path.map((part) => shorten(String(typeof part === 'object' ? part.key : part)));
    const refusal = params?.refusal;
    return { path: shorten(names.join('.')), message: shorten(message), ...(refusal && { refusal }) };
  });
}

function shorten(text: string): string {
  return text.length <= MAX_FAULT_CHARS ? text : `${text.slice(0, MAX_FAULT_CHARS).toWellFormed()}…`;
}
