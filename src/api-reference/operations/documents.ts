import { chunkPageSchema, chunksSchema } from '../../ingest/documents/chunks.schema.ts';
import {
  deleteSchema,
  documentPageSchema,
  documentResponseSchema,
  documentsSchema,
  ingestedSchema,
  listSchema,
} from '../../ingest/documents/documents.schema.ts';
import { json, type OperationGroup } from '../operation.ts';

const FIELDS = {
  id: 'fuses',
  title: 'Fuses',
  url: null,
  format: 'markdown',
  metadata: { lang: 'en' },
  created_at: '2026-11-29T20:28:46.045Z',
  updated_at: '2026-11-29T20:28:46.045Z',
  chunks: 1,
};
const SUMMARY = { ...FIELDS, embedding: 'ready' };
const TEXT = 'A fuse melts when the current is too high.';
const DELETED = { 204: { description: 'The document is deleted, with everything that was made from it' } };
const ID = 'The id, percent-encoded. Many proxies decode `%2F`: the query parameter `id` has no such problem';

/** Documents. */
export const documents: OperationGroup = {
  name: 'Documents',
  description: 'What answers are made from. A document is found by words as soon as it is stored.',
  operations: {
    'POST /documents': {
      id: 'storeDocuments',
      summary: 'Store documents',
      description:
        'Everything is validated before anything is stored. Each document is then stored whole. A document with a known id is replaced.',
      body: { schema: documentsSchema },
      responses: { 200: json({ StoredDocuments: ingestedSchema }, 'What became of each document') },
      errors: ['service_unavailable'],
      examples: {
        store: {
          summary: 'One document',
          body: { documents: [{ id: 'fuses', title: 'Fuses', text: TEXT, metadata: { lang: 'en' } }] },
          status: 200,
          response: { documents: [{ id: 'fuses', status: 'created', chunks: 1, embedding: 'ready' }] },
        },
      },
    },
    'GET /documents': {
      id: 'listDocuments',
      summary: 'List documents, or read one',
      query: listSchema,
      responses: {
        200: json(
          { DocumentsOrDocument: documentPageSchema.or(documentResponseSchema) },
          'A page of the list, or with `id` the document',
        ),
      },
      errors: ['not_found', 'service_unavailable'],
      examples: {
        page: {
          summary: 'The first page',
          parameters: { limit: '20' },
          status: 200,
          response: { documents: [SUMMARY], next: null },
        },
        found: {
          summary: 'Documents whose id or title has a word',
          parameters: { search: 'fuse' },
          status: 200,
          response: { documents: [SUMMARY], next: null },
        },
        one: {
          summary: 'One document',
          parameters: { id: 'fuses' },
          status: 200,
          response: { ...SUMMARY, text: TEXT },
        },
      },
    },
    'DELETE /documents': {
      id: 'deleteNamedDocument',
      summary: 'Delete the document that a query parameter names',
      query: deleteSchema,
      responses: DELETED,
      errors: ['not_found', 'service_unavailable'],
      examples: { delete: { summary: 'One document', parameters: { id: 'fuses' }, status: 204 } },
    },
    'GET /documents/{id}': {
      id: 'readDocument',
      summary: 'Read a document',
      path: { id: ID },
      responses: { 200: json({ Document: documentResponseSchema }, 'The document with its text') },
      errors: ['not_found', 'service_unavailable'],
      examples: {
        read: {
          summary: 'A document',
          parameters: { id: 'fuses' },
          status: 200,
          response: { ...SUMMARY, text: TEXT },
        },
        unknown: { summary: 'An unknown document', parameters: { id: 'unknown' }, status: 404 },
      },
    },
    'GET /chunks': {
      id: 'listChunks',
      summary: 'List the chunks of a document',
      description: 'In their order, with what is embedded of them.',
      query: chunksSchema,
      responses: { 200: json({ ChunkPage: chunkPageSchema }, 'A page of the chunks') },
      errors: ['not_found', 'service_unavailable'],
      examples: {
        page: {
          summary: 'The first page',
          parameters: { document_id: 'fuses', limit: '20' },
          status: 200,
          response: {
            document: { ...FIELDS, embedded: 1 },
            chunks: [
              {
                chunk_id: '1',
                ordinal: 0,
                heading: null,
                text: TEXT,
                tokens: 10,
                embedding: 'ready',
              },
            ],
            next: null,
          },
        },
        unknown: { summary: 'An unknown document', parameters: { document_id: 'unknown' }, status: 404 },
      },
    },
    'DELETE /documents/{id}': {
      id: 'deleteDocument',
      summary: 'Delete a document',
      path: { id: ID },
      responses: DELETED,
      errors: ['not_found', 'service_unavailable'],
      examples: { delete: { summary: 'A document', parameters: { id: 'fuses' }, status: 204 } },
    },
  },
};
