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
  });
});
