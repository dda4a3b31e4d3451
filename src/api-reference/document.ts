import { configuredGuardSchema } from '../admin/response.schema.ts';
import { VERSION } from '../config/package-root.ts';
import { catalogue, type ErrorCode } from '../http/error-catalogue.ts';
import { sourceSchema } from '../query/answer/answer.ts';
import { responseMetadataSchema } from '../query/answer/response.ts';
import { guardViewSchema } from '../health/circuit-view.ts';
import { guardSnapshotSchema } from '../resilience/guard/guard-snapshot.ts';
import { errorHeaders, errorSchemas, EVERY_ROUTE, exampleError, WITH_BODY, WITH_KEY } from './errors.ts';
import { requestHeaders, responseHeaders, type RequestHeader, type ResponseHeader } from './headers.ts';
import { refer, toJsonSchema, toJsonSchemas } from './json-schemas.ts';
import type {
  OpenApiDocument,
  OpenApiMedia,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiReference,
  OpenApiResponse,
} from './openapi.ts';
import type { ExampleEntry, Named, OperationEntry, OperationGroup, ResponseEntry } from './operation.ts';

/** The headers that every route takes. */
const EVERY_REQUEST: RequestHeader[] = ['X-Request-Id', 'traceparent'];
const EVERY_RESPONSE: ResponseHeader[] = ['X-Request-Id', 'X-Failsoft-Drill'];

/** Schemas that others contain, and that are worth a name. */
const CONTAINED: Named = {
  Source: sourceSchema,
  AnswerMetadata: responseMetadataSchema,
  Guard: guardSnapshotSchema,
  GuardWithHealth: guardViewSchema,
  GuardWithSettings: configuredGuardSchema,
};

/** Describes the API as OpenAPI 3.1, out of the schemas that validate. */
export function describeApi(groups: OperationGroup[]): OpenApiDocument {
  const builder = new DocumentBuilder();
  const paths: OpenApiDocument['paths'] = {};
  for (const group of groups)
    for (const [route, entry] of Object.entries(group.operations)) {
      const [method = '', path = ''] = route.split(' ');
      (paths[path] ??= {})[method.toLowerCase()] = builder.describe(method, path, group, entry);
    }
  return {
    openapi: '3.1.1',
    info: {
      title: 'failsoft',
      version: VERSION,
      summary: 'A RAG assistant that keeps answering when the AI services behind it fail',
      description:
        'The API is JSON in UTF-8 over HTTP, with names in `snake_case`. A field of a request that is not listed is refused, except where other clients send more. Later versions may add fields to responses. Every `GET` route answers `HEAD` as well. A path that is not listed is a 404 `not_found`. With `CORS_ORIGINS` web pages of these origins may call the API, and read its headers.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '.', description: 'Where this description was read' }],
    tags: groups.map(({ name, description }) => ({ name, description })),
    paths,
    components: builder.components,
  };
}

class DocumentBuilder {
  private readonly schemas: Named[] = [CONTAINED];
  private readonly responses: OpenApiDocument['components']['responses'] = {};

  get components(): OpenApiDocument['components'] {
    const described = Object.entries(responseHeaders).map(([name, description]) => {
      const type = name === 'Age' || name === 'Retry-After' ? 'integer' : 'string';
      return [name, { description, schema: { type } }] as const;
    });
    return {
      schemas: toJsonSchemas(this.schemas),
      responses: this.responses,
      parameters: Object.fromEntries(EVERY_REQUEST.map((name) => [name, describeHeader(name)])),
      headers: Object.fromEntries(described),
      securitySchemes: {
        adminKey: { type: 'http', scheme: 'bearer', description: 'The value of `ADMIN_TOKEN`' },
      },
    };
  }

  describe(method: string, path: string, group: OperationGroup, entry: OperationEntry): OpenApiOperation {
    const { id, summary, description, body, examples } = entry;
    const content = body && {
      [body.type ?? 'application/json']: {
        schema: toJsonSchema(body.schema, 'input'),
        ...toExamples(examples, (example) => example.body),
      },
    };
    return {
      operationId: id,
      tags: [group.name],
      summary,
      ...(description !== undefined && { description }),
      security: group.isAdmin ? [{ adminKey: [] }] : [],
      parameters: [
        ...toParameters(path, entry),
        ...EVERY_REQUEST.map((name) => ({ $ref: `#/components/parameters/${name}` })),
      ],
      ...(content && { requestBody: { required: !body.isOptional, content } }),
      responses: this.toResponses(method, group, entry),
    };
  }

  private toResponses(
    method: string,
    { errorFormat = 'plain', isAdmin }: OperationGroup,
    { responses, errors = [], examples }: OperationEntry,
  ): OpenApiOperation['responses'] {
    const all: OpenApiOperation['responses'] = {};
    for (const [status, response] of Object.entries(responses))
      all[status] = this.toResponse(response, ofStatus(examples, Number(status)));
    const codes = new Set([
      ...EVERY_ROUTE,
      ...(method === 'GET' ? [] : WITH_BODY),
      ...(isAdmin ? WITH_KEY : []),
      ...errors,
    ]);
    const byStatus = Map.groupBy(codes, (code) => catalogue[code].status);
    for (const [status, ofOne] of [...byStatus].sort(([a], [b]) => a - b)) {
      if (all[status]) continue;
      const own = ofStatus(examples, status);
      const name = [...(errorFormat === 'plain' ? [] : [errorFormat]), ...ofOne.sort()].join('.');
      const response = this.toErrorResponse(ofOne, errorFormat, own);
      if (Object.keys(own).length > 0) all[status] = response;
      else {
        this.responses[name] = response;
        all[status] = { $ref: `#/components/responses/${name}` };
      }
    }
    return all;
  }

  /** An error response, with an example of each code, or with the examples of the operation. */
  private toErrorResponse(
    codes: ErrorCode[],
    format: NonNullable<OperationGroup['errorFormat']>,
    own: Record<string, ExampleEntry>,
  ): OpenApiResponse {
    const [first = 'internal_error'] = codes;
    const isOwn = Object.keys(own).length > 0;
    const examples: Record<string, ExampleEntry> = isOwn
      ? Object.fromEntries(
          Object.entries(own).map(([name, example]) => [
            name,
            { ...example, response: exampleError(first, format) },
          ]),
        )
      : Object.fromEntries(
          codes.map((code) => [
            code,
            {
              summary: catalogue[code].message,
              status: catalogue[code].status,
              response: exampleError(code, format),
            },
          ]),
        );
    return this.toResponse(
      {
        description: codes.map((code) => `\`${code}\`: ${catalogue[code].message}`).join('\n\n'),
        headers: errorHeaders(codes, format),
        content: { 'application/json': errorSchemas[format] },
      },
      examples,
    );
  }

  private toResponse(
    { description, headers = [], content }: ResponseEntry,
    examples: Record<string, ExampleEntry>,
  ): OpenApiResponse {
    const names = [...EVERY_RESPONSE, ...new Set(headers)];
    const media = Object.entries(content ?? {}).map(([type, schema]) => {
      const shown = Object.entries(examples).filter(([, { type: own = 'application/json' }]) => own === type);
      const all = toExamples(Object.fromEntries(shown), (example) => example.response);
      return [type, { ...this.toMedia(schema, type), ...all }] as const;
    });
    return {
      description,
      headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
      ...(content && { content: Object.fromEntries(media) }),
    };
  }

  private toMedia(schema: Named, type: string): OpenApiMedia {
    this.schemas.push(schema);
    const reference = refer(schema);
    if (type === 'application/json') return { schema: reference ?? {} };
    return { schema: { type: 'string' }, ...(reference && { 'x-item-schema': reference }) };
  }
}

function toParameters(path: string, entry: OperationEntry): (OpenApiParameter | OpenApiReference)[] {
  const withExamples = (parameter: OpenApiParameter): OpenApiParameter => ({
    ...parameter,
    ...toExamples(entry.examples, ({ parameters }) => parameters?.[parameter.name]),
  });
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): OpenApiParameter => {
    const description = entry.path?.[name];
    if (description === undefined) throw new Error(`${path} has no description of ${name}`);
    return { name, in: 'path', required: true, description, schema: { type: 'string' } };
  });
  const { properties = {}, required = [] } = entry.query ? toJsonSchema(entry.query, 'input') : {};
  const inQuery = Object.entries(properties).map(([name, { description = '', ...schema }]) => {
    return { name, in: 'query' as const, required: required.includes(name), description, schema };
  });
  return [...inPath, ...inQuery, ...(entry.headers ?? []).map(describeHeader)].map(withExamples);
}

function describeHeader(name: RequestHeader): OpenApiParameter {
  const description = requestHeaders[name];
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

function toExamples(examples: Record<string, ExampleEntry>, valueOf: (example: ExampleEntry) => unknown) {
  const shown = Object.entries(examples).flatMap(([name, example]) => {
    const value = valueOf(example);
    return value === undefined ? [] : [[name, { summary: example.summary, value }] as const];
  });
  return shown.length === 0 ? {} : { examples: Object.fromEntries(shown) };
}

function ofStatus(examples: Record<string, ExampleEntry>, status: number): Record<string, ExampleEntry> {
  return Object.fromEntries(Object.entries(examples).filter(([, example]) => example.status === status));
}
