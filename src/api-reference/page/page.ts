import type { OpenApiDocument, OpenApiOperation } from '../openapi.ts';
import { html, prose, type Html } from './html.ts';
import { viewOperation, viewParameters } from './operation-view.ts';
import { viewSchema } from './schema-view.ts';

type Route = [method: string, path: string, operation: OpenApiOperation];

/** The description of the API as a page of HTML without script. Its addresses are relative. */
export function renderPage(document: OpenApiDocument): string {
  const { info, tags, paths, components } = document;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Route => [method, path, operation]),
  );
  const groups = tags.map(({ name, description }) => ({
    name,
    description,
    id: `group-${name.toLowerCase().replace(/[^a-z]+/g, '-')}`,
    routes: routes.filter(
      ([
        ,
        ,
        {
          tags: [tag],
        },
      ]) => tag === name,
    ),
  }));
  const schemas = Object.entries(components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>failsoft API reference</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="docs/reference.css" />
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <nav aria-label="Routes">
          <p class="brand"><a href="#top">failsoft</a> <span>${info.version}</span></p>
          <details>
            <summary>Routes</summary>
            ${groups.map(
              (group) =>
                html`<h2><a href="#${group.id}">${group.name}</a></h2>
                  <ul>
                    ${group.routes.map(viewLink)}
                  </ul> `,
            )}
            <h2><a href="#schemas">Schemas</a></h2>
          </details>
        </nav>
        <main id="content">
          <header id="top">
            <h1>API reference</h1>
            <p>${info.summary}.</p>
            <p>${prose(info.description)}</p>
            <p id="admin-key">
              Routes below <code>/admin</code> need <code>Authorization: Bearer &lt;ADMIN_TOKEN&gt;</code>.
              All others need no key.
            </p>
            <h2>Headers of every request</h2>
            ${viewParameters(Object.values(components.parameters))}
            <p>The same for programs: <a href="openapi.json">openapi.json</a>, in OpenAPI 3.1.</p>
          </header>
          ${groups.map(
            (group) =>
              html`<section class="group" id="${group.id}">
                <h2>${group.name}</h2>
                <p>${prose(group.description)}</p>
                ${group.routes.map(([method, path, operation]) => viewOperation(document, [method, path], operation))}
              </section> `,
          )}
          <section class="group" id="schemas">
            <h2>Schemas</h2>
            ${schemas.map(
              ([name, schema]) =>
                html`<section class="schema" id="schema-${name}">
                  <h3><a href="#schema-${name}">${name}</a></h3>
                  ${schema.description !== undefined && html`<p>${prose(schema.description)}</p>`}
                  ${viewSchema(schema, false)}
                </section> `,
            )}
          </section>
        </main>
      </body>
    </html> `.markup;
}

function viewLink([method, path, { operationId, summary }]: Route): Html {
  return html`<li>
    <a href="#${operationId}" title="${method.toUpperCase()} ${path}"
      ><span class="method ${method}">${method === 'delete' ? 'DEL' : method.toUpperCase()}</span>
      ${summary}</a
    >
  </li>`;
}
