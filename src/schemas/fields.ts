import { z } from 'zod';
import { limitedRecord } from './limited-schemas.ts';

/** Whether a text can be stored: it has no NUL, which Postgres refuses, and no lone surrogate, which is not Unicode. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Requires a text that can be stored: no NUL, which Postgres refuses, and no lone surrogate, which is not Unicode. */
export function storableText<T extends z.ZodType<string>>(schema: T): T {
  return schema
    .refine((text) => !text.includes('\0'), 'must not contain NUL characters')
    .refine((text) => text.isWellFormed(), 'must be valid Unicode');
}

const METADATA_NAME = /^[A-Za-z_][\w.-]{0,63}$/;
const METADATA_NAME_RULE = 'names are letters, digits, _ . and - and begin with a letter or _ (at most 64)';

/** A scalar value of a metadata field. */
export const metadataValue = z.union(
  [storableText(z.string().max(1_000)), z.number(), z.boolean(), z.null()],
  'must be a string, number, boolean or null',
);

/** The metadata fields of a document or a filter, at most `max`. */
export function metadataFields<T extends z.ZodType>(value: T, max: number) {
  return limitedRecord(z.string(), value, max)
    .refine((fields) => Object.keys(fields).every((name) => METADATA_NAME.test(name)), METADATA_NAME_RULE)
    .meta({ propertyNames: { pattern: METADATA_NAME.source } });
}
