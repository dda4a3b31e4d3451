import 'reflect-metadata';
import { parseHTML } from 'linkedom';
import type { OpenApiDocument } from '../../../src/api-reference/openapi.ts';
import { renderPage } from '../../../src/api-reference/page/page.ts';
import { document, operations } from '../../support/api-reference/operations.ts';

const HOSTILE = `</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>" onclick='alert(1)' & \`</a>\``;

const SHOWN = new Set(['summary', 'description', 'pattern', 'title']);

/** The document with a hostile text in the place of every text that is shown as such. */
function poison(value: unknown, key = ''): unknown {
  if (key === 'value' || (typeof value === 'string' && SHOWN.has(key))) return HOSTILE;
  if (Array.isArray(value)) return value.map((item) => poison(item, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poison(inner, name)]));
  return value;
}

describe('the page of the reference', () => {
  const html = renderPage(document);
  const { document: page } = parseHTML(html);
  const ids = [...page.querySelectorAll('[id]')].map(({ id }) => id);

  it('has an anchor for every route, and no two of one name', () => {
    expect(ids).toEqual(expect.arrayContaining(operations.map(({ id }) => id)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('links to nothing but its own anchors and files beside it, so that it works below any path', () => {
    const links = [...page.querySelectorAll('[href]')].map((link) => link.getAttribute('href') ?? '');
    const anchors = links.filter((href) => href.startsWith('#')).map((href) => href.slice(1));
    expect(ids).toEqual(expect.arrayContaining(anchors));
    const others = links.filter((href) => !href.startsWith('#'));
    expect([...new Set(others)]).toEqual(['data:,', 'docs/reference.css', 'openapi.json']);
    expect(page.querySelectorAll('script, style, [style], [src]')).toHaveLength(0);
  });

  it('shows every parameter, status and example of a route', () => {
    const section = page.getElementById('forceState');
    const shown = (selector: string) =>
      [...(section?.querySelectorAll(selector) ?? [])].map(({ textContent }) => textContent?.trim());
    expect(shown('dl.fields dt code')).toEqual(expect.arrayContaining(['name', 'X-Admin-Actor', 'state']));
    expect(shown('.status')).toEqual([
      '200',
      '400',
      '401',
      '404',
      '408',
      '413',
      '415',
      '417',
      '429',
      '431',
      '500',
      '503',
    ]);
    expect(shown('pre')[0]).toBe(
      `curl -s http://127.0.0.1:3000/admin/circuit-breakers/huggingface_api/force-state \\
  -H 'x-admin-actor: ada' \\
  -H "authorization: Bearer $ADMIN_TOKEN" \\
  -H 'content-type: application/json' \\
  -d '{"state":"open","ttl_seconds":60,"reason":"The model is being replaced"}'`,
    );
  });

  it('shows every text as text', () => {
    const { document: poisoned } = parseHTML(renderPage(poison(document) as OpenApiDocument));
    expect(poisoned.querySelectorAll('script, img, [onclick], [onerror]')).toHaveLength(0);
    expect(poisoned.querySelectorAll('.operation')).toHaveLength(operations.length);
    expect(poisoned.querySelector('.operation pre')?.textContent).toContain('<img src=x onerror=alert(1)>');
  });
});
