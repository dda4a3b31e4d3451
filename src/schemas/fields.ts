import { z } from 'zod';

/** A text that can be stored and sent on: no NUL (Postgres refuses it) and no lone surrogate (not Unicode). */
export function storableText<T extends z.ZodType<string>>(schema: T): T {
  return schema
    .refine((text) => !text.includes('\0'), 'must not contain NUL characters')
    .refine((text) => text.isWellFormed(), 'must be valid Unicode');
}

/** Names of metadata fields, the same where they are stored and where they are asked for. */
export const METADATA_NAME = /^[A-Za-z_][\w.-]{0,63}$/;
/** What a name that does not fit is told. */
export const METADATA_NAME_RULE =
  'names are letters, digits, _ . and - and begin with a letter or _ (at most 64)';

/** A value of a metadata field. */
export const metadataValue = z.union(
  [storableText(z.string().max(1_000)), z.number(), z.boolean(), z.null()],
  'must be a string, number, boolean or null',
);
