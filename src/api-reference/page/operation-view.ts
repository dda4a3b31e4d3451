import { STATUS_CODES } from 'node:http';
import type {
  OpenApiDocument,
  OpenApiExample,
  OpenApiMedia,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiReference,
  OpenApiResponse,
} from '../openapi.ts';
import { html, prose, type Html } from './html.ts';
import { viewFields, viewSchema, viewType } from './schema-view.ts';

/** What stands for the address of the service. */
const EXAMPLE_ORIGIN = 'http://127.0.0.1:3000';

/** One route: what it takes and gives on one side, an example of each on the other. */
export function viewOperation(
  { components }: OpenApiDocument,
  [method, path]: [method: string, path: string],
  operation: OpenApiOperation,
): Html {
  const { operationId, summary, description, requestBody, responses } = operation;
  const parameters = operation.parameters.filter((parameter) => 'name' in parameter);
  const places = [
    ['path', 'Path'],
    ['query', 'Query'],
    ['header', 'Headers'],
  ] as const;
  const shown = Object.entries(responses).map(
    ([status, response]) => [status, resolve(response, components.responses)] as const,
  );
  return html`<section class="operation" id="${operationId}" aria-labelledby="${operationId}-title">
    <div class="text">
      <h3 id="${operationId}-title"><a href="#${operationId}">${summary}</a></h3>
      <p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></p>
      ${description !== undefined && html`<p>${prose(description)}</p>`}
      ${operation.security.length > 0 && html`<p>Needs the <a href="#admin-key">admin key</a>.</p>`}
      ${places.map(([place, title]) => {
        const own = parameters.filter((parameter) => parameter.in === place);
        return (
          own.length > 0 &&
          html`<h4>${title}</h4>
            ${viewParameters(own)}`
        );
      })}
      ${requestBody && viewBody(requestBody)}
      <h4>Responses</h4>
      <ul class="responses">
        ${shown.map(([status, response]) => viewResponse(status, response, components))}
      </ul>
    </div>
    <div class="examples">${viewExamples(method, path, operation, parameters, shown)}</div>
  </section> `;
}

/** Parameters as a list, like the fields of a body. */
export function viewParameters(parameters: OpenApiParameter[]): Html {
  const fields = parameters.map(
    ({ name, schema, description }) => [name, { ...schema, description }] as const,
  );
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return viewFields({ properties: Object.fromEntries(fields), required }, true);
}

function viewBody({ content, required }: NonNullable<OpenApiOperation['requestBody']>): Html {
  return html`${Object.entries(content).map(
    ([type, { schema }]) =>
      html`<h4>Body <span class="type">${type}</span>${!required && html` <em>optional</em>`}</h4>
        ${viewSchema(schema, true)}`,
  )}`;
}

function viewResponse(
  status: string,
  { description, headers = {}, content = {} }: OpenApiResponse,
  { headers: known }: OpenApiDocument['components'],
): Html {
  const isError = Number(status) >= 400;
  const types = Object.entries(content).map(
    ([type, { schema, 'x-item-schema': item }]) =>
      html`<p><span class="type">${type}</span> ${viewType(item ?? schema)}</p>`,
  );
  const own = Object.keys(headers).filter((name) => name !== 'X-Request-Id' && name !== 'X-Failsoft-Drill');
  const body = html`${description.split('\n\n').map((line) => html`<p>${prose(line)}</p>`)}${types}${
    own.length > 0 &&
    html`<dl class="fields">
      ${own.map(
        (name) =>
          html`<dt><code>${name}</code></dt>
            <dd>${prose(known[name]?.description ?? '')}</dd>`,
      )}
    </dl>`
  }`;
  const title = html`<span class="status ${isError ? 'error' : 'success'}">${status}</span>
    ${STATUS_CODES[status] ?? ''}`;
  return isError
    ? html`<li>
        <details>
          <summary>${title}</summary>
          ${body}
        </details>
      </li>`
    : html`<li>
        <p>${title}</p>
        ${body}
      </li>`;
}

function viewExamples(
  method: string,
  path: string,
  { requestBody }: OpenApiOperation,
  parameters: OpenApiParameter[],
  responses: (readonly [status: string, response: OpenApiResponse])[],
): Html {
  const [[type, body] = ['', undefined]] = Object.entries(requestBody?.content ?? {});
  const answers = responses.flatMap(([status, { content = {} }]) =>
    Object.entries(content).flatMap(([media, { examples = {} }]) =>
      Object.entries(examples).map(([name, example]) => ({ status, media, name, example })),
    ),
  );
  const requests = namesOf(body, parameters);
  const names = [...requests, ...answers.map(({ name }) => name)].filter(
    (name) => requests.length === 0 || requests.includes(name),
  );
  return html`${[...new Set(names)].map((name) => {
    const answer = answers.find((one) => one.name === name);
    const valueOf = (of: { examples?: Record<string, OpenApiExample> }) => of.examples?.[name]?.value;
    const sent = body && valueOf(body);
    const accept = answer && answer.media !== 'application/json' ? answer.media : undefined;
    const title = answer?.example.summary ?? summaryOf(name, body, parameters);
    const request = toCurl(method, path, {
      parameters: parameters.map((parameter) => [parameter, valueOf(parameter)]),
      type,
      sent,
      accept,
    });
    return html`<figure>
      <figcaption>${title}</figcaption>
      <pre tabindex="0" aria-label="Request: ${title}"><code>${request}</code></pre>
      ${
        answer &&
        html`<pre
          tabindex="0"
          aria-label="Response: ${title}"
          class="response"
        ><code>${answer.status} ${answer.media}

${toText(answer.example.value)}</code></pre>`
      }
    </figure> `;
  })}`;
}

function namesOf(body: OpenApiMedia | undefined, parameters: OpenApiParameter[]): string[] {
  return [body, ...parameters].flatMap((given) => Object.keys(given?.examples ?? {}));
}

function summaryOf(name: string, body: OpenApiMedia | undefined, parameters: OpenApiParameter[]): string {
  const found = [body, ...parameters].find((given) => given?.examples?.[name]);
  return found?.examples?.[name]?.summary ?? name;
}

interface Request {
  parameters: [OpenApiParameter, unknown][];
  type: string;
  sent: unknown;
  accept: string | undefined;
}

/** The request as a line for a shell. */
function toCurl(method: string, path: string, { parameters, type, sent, accept }: Request): string {
  let address = path;
  const query = new URLSearchParams();
  const headers: string[] = [];
  for (const [{ name, in: place }, value] of parameters) {
    if (value === undefined) continue;
    if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (place === 'query') query.set(name, String(value));
    else headers.push(`${name.toLowerCase()}: ${String(value)}`);
  }
  if (path.startsWith('/admin')) headers.push('authorization: Bearer $ADMIN_TOKEN');
  if (sent !== undefined) headers.push(`content-type: ${type}`);
  if (accept !== undefined) headers.push(`accept: ${accept}`);
  const url = `${EXAMPLE_ORIGIN}${address}${query.size > 0 ? `?${query}` : ''}`;
  const options = [
    ...(method === 'get' || sent !== undefined ? [] : [`-X ${method.toUpperCase()}`]),
    ...(method === 'patch' && sent !== undefined ? ['-X PATCH'] : []),
    ...headers.map((header) => (header.includes('$') ? `-H "${header}"` : `-H ${quote(header)}`)),
    ...(sent === undefined ? [] : [`-d ${quote(typeof sent === 'string' ? sent : JSON.stringify(sent))}`]),
  ];
  return [`curl -s ${url.includes('?') ? quote(url) : url}`, ...options].join(' \\\n  ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function resolve<T extends object>(given: T | OpenApiReference, known: Record<string, T>): T {
  if (!('$ref' in given)) return given;
  const found = known[given.$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`${given.$ref} refers to nothing`);
  return found;
}
