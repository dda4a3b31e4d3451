import { z } from 'zod';

/** Requires a text that can be stored: no NUL, which Postgres refuses, and no lone surrogate, which is not Unicode. */
export function storableText<T extends z.ZodType<string>>(schema: T): T {
  return schema
    .refine((text) => !text.includes('\0'), 'must not contain NUL characters')
    .refine((text) => text.isWellFormed(), 'must be valid Unicode');
}

/** Names of metadata fields, in documents and in filters. */
export const METADATA_NAME = /^[A-Za-z_][\w.-]{0,63}$/;
/** The error message for an invalid name. */
export const METADATA_NAME_RULE =
  'names are letters, digits, _ . and - and begin with a letter or _ (at most 64)';

/** A scalar value of a metadata field. */
export const metadataValue = z.union(
  [storableText(z.string().max(1_000)), z.number(), z.boolean(), z.null()],
  'must be a string, number, boolean or null',
);
