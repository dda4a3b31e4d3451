import { z } from 'zod';
import { metadataFields, metadataValue, storableText } from '../../schemas/fields.ts';
import { DOCUMENT_FORMATS } from '../../schemas/file-kinds.ts';
import { limitedList } from '../../schemas/limited-schemas.ts';

const MAX_DOCUMENTS = 1_000;
const MAX_URL = 2_000;
/** The longest title, in characters. */
export const MAX_TITLE = 500;
/** The most fields of metadata. */
export const MAX_METADATA = 50;

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
  id: storableText(z.string().min(1).max(200))
    .optional()
    .describe('Unique within the request; made from the content where it is left out'),
  title: storableText(z.string().trim().min(1).max(MAX_TITLE))
    .optional()
    .describe('Taken from the text where it is left out'),
  text: storableText(z.string())
    .refine((text) => text.trim() !== '', 'must not be empty')
    .meta({ minLength: 1 }),
  format: z.enum(DOCUMENT_FORMATS).default('markdown'),
  // In this order: parsing a URL of megabytes takes long.
  url: storableText(z.string().max(MAX_URL))
    .pipe(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }))
    .optional()
    .describe('An http or https URL'),
  metadata: metadata.default({}).describe(`At most ${MAX_METADATA_CHARS} characters as JSON`),
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

const documentId = z.string().min(1, 'must not be empty').describe('The id of a document');

/** Query of `GET /documents`: a page of the list, or one document. */
export const listSchema = z
  .strictObject({
    limit: z.coerce.number().int().min(1).max(100).optional().describe('Documents of a page; 20 by default'),
    cursor: z.base64url().max(1_000).optional().describe('`next` of the page before'),
    search: storableText(z.string().trim().min(1).max(MAX_SEARCH))
      .optional()
      .describe('Only documents whose id and title contain each of these words, in any case'),
    id: documentId.optional().describe('Returns the document with this id; stands alone'),
  })
  .refine(({ id, ...page }) => id === undefined || Object.keys(page).length === 0, {
    path: ['id'],
    message: 'stands alone: one document has no pages',
  });

/** Query of `DELETE /documents`. */
export const deleteSchema = z.strictObject({ id: documentId });

const embedding = z
  .enum(['ready', 'pending'])
  .describe('`pending` while vectors are missing; words find the document already');

/** Body of the response of `POST /documents`. */
export const ingestedSchema = z.object({
  documents: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['created', 'updated', 'unchanged']),
      chunks: z.int(),
      embedding,
    }),
  ),
});

const summary = z.object({
  id: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  format: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  created_at: z.string().describe('In ISO 8601'),
  updated_at: z.string().describe('In ISO 8601'),
  chunks: z.int(),
  embedding,
});

/** Body of the response of `GET /documents` without `id`. */
export const documentPageSchema = z.object({
  documents: z.array(summary).describe('In the order of their ids'),
  next: z.string().nullable().describe('The `cursor` of the next page; null on the last one'),
});

const refusedChunk = z.object({
  chunk_id: z.string(),
  ordinal: z.int().describe('Counts the chunks of the document from 0'),
  heading: z.string().nullable(),
  cause: z.looseObject({}).describe('How the chunk was refused, for example by `http_status`'),
  attempts: z.int().describe('How often the chunk was refused'),
  refused_at: z.string().describe('When that was last'),
  retry_at: z.string().describe('When the chunk is tried again'),
});

/** Body of the response of `GET /documents/:id`. */
export const documentResponseSchema = summary.extend({
  refused_chunks: z
    .array(refusedChunk)
    .max(100)
    .optional()
    .describe('Chunks of which the embedding model makes no vector'),
  text: z.string(),
});

export type IngestedDocument = z.infer<typeof ingestedSchema>['documents'][number];
export type DocumentPage = z.infer<typeof documentPageSchema>;
export type DocumentResponse = z.infer<typeof documentResponseSchema>;
export type DocumentBody = z.infer<typeof document>;
export type DocumentsBody = z.infer<typeof documentsSchema>;
export type DeleteQuery = z.infer<typeof deleteSchema>;
export type ListQuery = z.infer<typeof listSchema>;
