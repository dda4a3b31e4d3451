import { groups } from '../../../src/api-reference/operations/operations.ts';
import { catalogue } from '../../../src/http/error-catalogue.ts';
import { describeApi } from '../../../src/api-reference/document.ts';
import type {
  OpenApiDocument,
  OpenApiMedia,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiReference,
  OpenApiResponse,
} from '../../../src/api-reference/openapi.ts';

/** The description of the API, as the service serves it. */
export const document: OpenApiDocument = describeApi(groups);

/** One route of the document, with what it refers to. */
export interface Operation {
  method: string;
  path: string;
  id: string;
  isAdmin: boolean;
  parameters: OpenApiParameter[];
  /** The media type of the body and what is said of it. */
  body: [type: string, media: OpenApiMedia] | undefined;
  /** By status. */
  responses: Record<string, OpenApiResponse>;
}

/** Every route of the document. */
export const operations: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => toOperation(method, path, operation)),
);

function toOperation(method: string, path: string, operation: OpenApiOperation): Operation {
  const { parameters, responses } = document.components;
  return {
    method: method.toUpperCase(),
    path,
    id: operation.operationId,
    isAdmin: operation.security.length > 0,
    parameters: operation.parameters.map((given) => resolve(given, parameters)),
    body: Object.entries(operation.requestBody?.content ?? {})[0],
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, given]) => [status, resolve(given, responses)]),
    ),
  };
}

function resolve<T extends object>(given: T | OpenApiReference, known: Record<string, T>): T {
  if (!('$ref' in given)) return given;
  const found = known[given.$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`${given.$ref} refers to nothing`);
  return found;
}

/** A request that the document gives as an example, and what it says of the response. */
export interface Example {
  name: string;
  /** The values of parameters, by their names. */
  parameters: Record<string, string>;
  /** Undefined where the example has no body. */
  body: unknown;
  /** The statuses that the response may have. */
  statuses: number[];
  /** The media type of the response; undefined where it has no body. */
  type: string | undefined;
}

/** The examples of a route. One whose name is that of no response has a response without a body. */
export function examplesOf({ parameters, body, responses }: Operation): Example[] {
  const media = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, { examples = {} }]) => ({ status: Number(status), type, examples })),
  );
  const asked = [body?.[1], ...parameters].flatMap((given) => Object.keys(given?.examples ?? {}));
  // A route without parameters or a body is named by its response alone.
  const named = media.flatMap(({ examples }) => Object.keys(examples)).filter((name) => !(name in catalogue));
  const answered = asked.length > 0 ? [] : named;
  const empty = Object.entries(responses).filter(([status, { content }]) => !content && Number(status) < 300);
  return [...new Set([...asked, ...answered])].map((name) => {
    const answer = media.find(({ examples }) => examples[name]);
    const given = parameters.flatMap(({ name: key, examples }) =>
      examples?.[name] ? [[key, String(examples[name].value)]] : [],
    );
    return {
      name,
      parameters: Object.fromEntries(given) as Record<string, string>,
      body: body?.[1].examples?.[name]?.value,
      statuses: answer ? [answer.status] : empty.map(([status]) => Number(status)),
      type: answer?.type,
    };
  });
}
