import { z } from 'zod';
import { cleanText, METADATA_NAME, METADATA_NAME_RULE, metadataValue } from '../errors/clean-text.ts';

const document = z.strictObject({
  id: cleanText(z.string().min(1).max(200)).optional(),
  title: cleanText(z.string().trim().min(1).max(500)).optional(),
  text: cleanText(z.string()).refine((text) => text.trim() !== '', 'must not be empty'),
  format: z.enum(['markdown', 'text', 'html']).default('markdown'),
  url: cleanText(
    z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2_000),
  ).optional(),
  metadata: z
    .record(
      z.string(),
      z.union(
        [metadataValue, z.array(metadataValue).max(100)],
        'must be a string, number, boolean or null, or a list of these',
      ),
    )
    .refine((fields) => Object.keys(fields).length <= 50, 'at most 50 fields')
    .refine((fields) => Object.keys(fields).every((name) => METADATA_NAME.test(name)), METADATA_NAME_RULE)
    .default({}),
});

/** Body of `POST /documents`. How many there may be is checked apart: too many are a 413. */
export const documentsSchema = z.strictObject({
  documents: z
    .array(document)
    .min(1, 'at least one document')
    .refine((documents) => {
      const ids = documents.flatMap(({ id }) => id ?? []);
      return new Set(ids).size === ids.length;
    }, 'two documents have the same id'),
});

/** Query of `GET /documents`. */
export const listSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.base64url().max(1_000).optional(),
});

export type DocumentBody = z.infer<typeof document>;
export type DocumentsBody = z.infer<typeof documentsSchema>;
export type ListQuery = z.infer<typeof listSchema>;
