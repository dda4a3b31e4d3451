import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';
import { catalogue } from '../../../src/http/error-catalogue.ts';
import { DocumentSchemas } from '../../support/api-reference/document-schemas.ts';
import { document, operations } from '../../support/api-reference/operations.ts';
import { readItems } from '../../support/api-reference/send.ts';

/** The document as it is committed; `UPDATE_DOCS=1` writes it anew. */
const FILE = new URL('../../../docs/openapi.json', import.meta.url);
const schemas = new DocumentSchemas(document);
const json = () => JSON.stringify(document);
const media = operations.flatMap(({ id, body, responses }) => [
  ...(body ? [{ title: `${id}: body`, type: body[0], content: body[1] }] : []),
  ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, found]) => ({
      title: `${id}: ${status} ${type}`,
      type,
      content: found,
    })),
  ),
]);

it('docs/openapi.json is the description that the service serves', async () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (process.env['UPDATE_DOCS']) await writeFile(FILE, text);
  expect(await readFile(FILE, 'utf8')).toBe(text);
});

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1 by the strict rules of a linter', async () => {
    // The linter does not know that streams refer to schemas, nor that a route may have nothing but errors.
    const rules = { 'no-unused-components': 'off', 'operation-2xx-response': 'off' } as const;
    const config = await createConfig({ extends: ['recommended-strict'], rules });
    const faults = await lint({ ref: fileURLToPath(FILE), config });
    expect(faults.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
  });

  it.each(media)('$title: its examples are what its schema says', ({ type, content }) => {
    const { schema, 'x-item-schema': item, examples } = content;
    expect(examples).toBeDefined();
    const values = Object.values(examples ?? {}).flatMap(({ value }) =>
      item ? readItems(type, String(value)) : [value],
    );
    expect(values.flatMap((value) => schemas.findFaults(item ?? schema, value))).toEqual([]);
  });

  it('names every code of an error with its status, and nothing refers to a schema that is not there', () => {
    const named = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { description }]) =>
        [...description.matchAll(/^`(\w+)`: /gm)].map(([, code = '']) => [code, Number(status)] as const),
      ),
    );
    const wanted = Object.entries(catalogue).map(([code, { status }]) => [code, status] as const);
    // An answer is only interrupted once its stream has begun.
    expect(Object.fromEntries([...named, ['answer_interrupted', 502]])).toEqual(Object.fromEntries(wanted));
    const references = [...json().matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(references));
  });

  it('shows an event of each kind in the examples of a stream', () => {
    const kinds = (id: string, key: string) => {
      const operation = operations.find((one) => one.id === id);
      const { examples = {}, 'x-item-schema': item } =
        operation?.responses['200']?.content?.['text/event-stream'] ?? {};
      const shown = Object.values(examples).flatMap(({ value }) =>
        readItems('text/event-stream', String(value)),
      );
      const names = new Set(shown.map((one) => (one as Record<string, unknown>)[key]));
      const { oneOf = [], anyOf = [] } =
        document.components.schemas[item?.$ref?.split('/').at(-1) ?? ''] ?? {};
      const options = [...oneOf, ...anyOf.flatMap((option) => option.oneOf ?? [option])];
      const all = options.flatMap((option) => option.properties?.[key]?.const ?? []);
      return all.filter((name) => !names.has(name));
    };
    expect(kinds('query', 'event')).toEqual([]);
    expect(kinds('chat', 'type')).toEqual([]);
  });
});
