import { z } from 'zod';
import { metadataFields, metadataValue, storableText } from '../../schemas/fields.ts';
import { limitedList } from '../../schemas/limited-schemas.ts';

const MAX_DOCUMENTS = 1_000;
const MAX_URL = 2_000;
/** The longest title, in characters. */
export const MAX_TITLE = 500;
/** The most fields of metadata. */
export const MAX_METADATA = 50;

/** The formats of documents. `ingest/chunking/chunking.ts` reads each. */
export const DOCUMENT_FORMATS = ['markdown', 'text', 'html'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

const documentValue = z.union(
  [metadataValue, z.array(metadataValue).max(100)],
  'must be a string, number, boolean or null, or a list of these',
);

/** The longest metadata of one document, in characters as JSON. Raised, a page of a hundred documents takes longer. */
const MAX_METADATA_CHARS = 20_000;

const metadata = metadataFields(documentValue, MAX_METADATA).refine(
  (fields) => JSON.stringify(fields).length <= MAX_METADATA_CHARS,
  `must have at most ${MAX_METADATA_CHARS} characters as JSON`,
);

/** Whether a value can be the metadata of a document. */
export function isMetadata(value: unknown): boolean {
  return metadata.safeParse(value).success;
}

const document = z.strictObject({
  id: storableText(z.string().min(1).max(200)).optional(),
  title: storableText(z.string().trim().min(1).max(MAX_TITLE)).optional(),
  text: storableText(z.string()).refine((text) => text.trim() !== '', 'must not be empty'),
  format: z.enum(DOCUMENT_FORMATS).default('markdown'),
  // In this order: parsing a URL of megabytes takes long.
  url: storableText(z.string().max(MAX_URL))
    .pipe(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }))
    .optional(),
  metadata: metadata.default({}),
});

/** Body of `POST /documents`. */
export const documentsSchema = z.strictObject({
  documents: limitedList(document, MAX_DOCUMENTS, {
    error: `At most ${MAX_DOCUMENTS} documents in one call.`,
    params: { refusal: 'payload_too_large' },
  })
    .refine((documents) => documents.length > 0, 'at least one document')
    .refine((documents) => {
      const ids = documents.flatMap(({ id }) => id ?? []);
      return new Set(ids).size === ids.length;
    }, 'two documents have the same id'),
});

/** The longest search of the list. Raised, a list of many documents takes longer. */
const MAX_SEARCH = 200;

const documentId = z.string().min(1, 'must not be empty');

/** Query of `GET /documents`: a page of the list, or one document. */
export const listSchema = z
  .strictObject({
    limit: z.coerce.number().int().min(1).max(100).optional(),
    cursor: z.base64url().max(1_000).optional(),
    search: storableText(z.string().trim().min(1).max(MAX_SEARCH)).optional(),
    id: documentId.optional(),
  })
  .refine(({ id, ...page }) => id === undefined || Object.keys(page).length === 0, {
    path: ['id'],
    message: 'stands alone: one document has no pages',
  });

/** Query of `DELETE /documents`. */
export const deleteSchema = z.strictObject({ id: documentId });

export type DocumentBody = z.infer<typeof document>;
export type DocumentsBody = z.infer<typeof documentsSchema>;
export type DeleteQuery = z.infer<typeof deleteSchema>;
export type ListQuery = z.infer<typeof listSchema>;
