import { z } from 'zod';
import { PAGE_HEADERS } from '../headers.ts';
import type { OperationGroup, ResponseEntry } from '../operation.ts';

const kept = (type: string, description: string): Record<number, ResponseEntry> => ({
  200: { description, headers: [...PAGE_HEADERS, 'ETag', 'Vary'], content: { [type]: {} } },
  304: { description: 'The copy is the newest', headers: [...PAGE_HEADERS, 'ETag', 'Vary'] },
});
const openApiSchema = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({}),
  paths: z.looseObject({}),
});

/** The description of the API. */
export const reference: OperationGroup = {
  name: 'Reference',
  description: 'This description, for programs and for people.',
  operations: {
    'GET /openapi.json': {
      id: 'readOpenApi',
      summary: 'Read this description as OpenAPI 3.1',
      headers: ['If-None-Match'],
      responses: {
        ...kept('application/json', 'The description'),
        200: {
          description: 'The description',
          headers: [...PAGE_HEADERS, 'ETag', 'Vary'],
          content: { 'application/json': { OpenApi: openApiSchema } },
        },
      },
      examples: {
        read: {
          summary: 'The description',
          status: 200,
          response: { openapi: '3.1.1', info: { title: 'failsoft', version: '0.1.0' }, paths: {} },
        },
      },
    },
    'GET /docs': {
      id: 'readReference',
      summary: 'Read this description as a page',
      headers: ['If-None-Match'],
      responses: kept('text/html', 'The page'),
      examples: {
        page: { summary: 'The page', status: 200, type: 'text/html', response: '<!doctype html>…' },
      },
    },
    'GET /docs/reference.css': {
      id: 'readReferenceStyle',
      summary: "Read the page's style",
      headers: ['If-None-Match'],
      responses: kept('text/css', 'The style'),
      examples: { style: { summary: 'The style', status: 200, type: 'text/css', response: ':root {…}' } },
    },
  },
};
