import { readFile } from 'node:fs/promises';
import { requestHeaders } from '../../../src/api-reference/headers.ts';
import type { OpenApiDocument } from '../../../src/api-reference/openapi.ts';
import { startService, type Service } from '../../support/service/service.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

describe.each([
  ['/openapi.json', 'application/json; charset=utf-8'],
  ['/docs', 'text/html; charset=utf-8'],
  ['/docs/reference.css', 'text/css; charset=utf-8'],
])('GET %s', (path, type) => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  it('is served under the policy of pages, and again only when it has changed', async () => {
    const first = await fetch(service.url + path);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, type]);
    expect(first.headers.get('content-security-policy')).toBe(POLICY);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect((await first.text()).length).toBeGreaterThan(1_000);
    const etag = first.headers.get('etag') ?? '';
    const ask = (known: string) => fetch(service.url + path, { headers: { 'if-none-match': known } });
    const again = await ask(`"other", W/${etag}`);
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    expect((await ask('"other"')).status).toBe(200);
    expect((await ask('*')).status).toBe(304);
  });
});

it('the description names every header that a browser may read, and that the pages of the documentation name', async () => {
  const origin = 'https://app.example.com';
  const service = await startService({ CORS_ORIGINS: origin });
  const { headers, body } = await service.request<OpenApiDocument>('GET', '/openapi.json', undefined, {
    headers: { origin },
  });
  await service.close();
  const exposed = headers.get('access-control-expose-headers')?.split(', ') ?? [];
  expect(exposed).toContain('X-Request-Id');
  expect(Object.keys(body.components.headers)).toEqual(expect.arrayContaining(exposed));
  const page = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
  const [, table = ''] = /\| Request header \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(page) ?? [];
  const named = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
  const ofProtocol = ['Content-Type', 'Accept', 'Authorization'];
  expect(Object.keys(requestHeaders)).toEqual(
    expect.arrayContaining(named.filter((name) => !ofProtocol.includes(name ?? ''))),
  );
});
