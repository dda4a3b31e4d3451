import { z } from 'zod';

/** Faults of one request that are looked for and named at most; further ones are found once these are mended. */
export const MAX_FAULTS = 20;

/** `params` of a check: what the request is refused with instead of `invalid_request`, with the check's message. */
export interface Refusal {
  refusal: 'payload_too_large';
}

/** An object with at most `max` fields of any name, which are counted before one is looked at. */
export function limitedRecord<K extends z.ZodType<string, string>, V extends z.ZodType>(
  key: K,
  value: V,
  max: number,
  message = `at most ${max} fields`,
) {
  return z.preprocess(
    (given, context) => {
      const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
      if (isRecord && Object.keys(given).length > max) context.addIssue(message);
      return given;
    },
    z.record(key, value),
  );
}

/**
 * A list. The items are counted before one is looked at, and no more are looked at once MAX_FAULTS faults were found.
 * @param tooMany what is said when there are more than `max`, and what the request is refused with
 */
export function limitedList<T>(item: z.ZodType<T>, max: number, tooMany: { error: string; params: Refusal }) {
  return z
    .array(z.unknown())
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
