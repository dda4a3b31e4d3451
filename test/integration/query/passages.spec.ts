import fc from 'fast-check';
import { startService, type Service } from '../../support/service/service.ts';

interface SearchBody {
  results: { chunk_id: string; text: string }[];
}

const HOSTILE = `<script>alert(1)</script> & "quoted" </mark></p><img src=x onerror='alert(2)'>`;

describe('GET /passages/:chunk_id', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
    const sections = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'];
    await service.ingest([
      {
        id: 'manual',
        title: 'The manual',
        url: 'https://example.com/manual?a=1&b=2',
        text: sections.map((name) => `# ${name}\n\nThe lantern of section ${name} glows.`).join('\n\n'),
      },
      {
        id: '<b>hostile</b>',
        title: `Title ${HOSTILE}`,
        text: `The zither plays. ${HOSTILE}`,
        format: 'text',
      },
    ]);
  });

  afterAll(() => service.close());

  const idOf = async (query: string) => {
    const { body } = await service.request<SearchBody>('POST', '/search', { query, mode: 'lexical' });
    return body.results[0]?.chunk_id ?? '';
  };
  const fetchPage = (id: string, headers: Record<string, string> = {}) =>
    fetch(`${service.url}/passages/${id}`, { headers });

  it('shows the passage, marked, between those before and after it', async () => {
    const response = await fetchPage(await idOf('lantern Three'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain('<title>The manual</title>');
    expect(page).toContain('<a href="https://example.com/manual?a=1&amp;b=2">');
    expect(page).toContain('<h2 dir="auto">Three</h2>');
    expect(page).toMatch(/<mark>[^<]*The lantern of section Three glows\.<\/mark>/);
    const shown = ['One', 'Two', 'Three', 'Four', 'Five'];
    expect([...page.matchAll(/section (\w+) glows/g)].map(([, name]) => name)).toEqual(shown);
    expect(page.match(/<mark>/g)).toHaveLength(1);
  });

  it('gives the passage as JSON where that is asked for', async () => {
    const id = await idOf('lantern Six');
    const response = await fetchPage(id, { accept: 'application/json' });
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('vary')).toContain('Accept');
    const part = (name: string) => ({
      chunk_id: expect.stringMatching(/^\d+$/),
      heading: name,
      text: expect.stringContaining(`section ${name} glows`),
    });
    expect(await response.json()).toEqual({
      document_id: 'manual',
      title: 'The manual',
      url: 'https://example.com/manual?a=1&b=2',
      ...part('Six'),
      chunk_id: id,
      before: [part('Four'), part('Five')],
      after: [],
    });
  });

  it.each(['text/html,application/xhtml+xml,*/*;q=0.8', '*/*', 'application/json;q=0.1, text/html'])(
    'is a page for %s',
    async (accept) => {
      const { headers } = await fetchPage(await idOf('lantern One'), { accept });
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    },
  );

  it('never takes a text for markup, and lets a browser run and load nothing', async () => {
    const response = await fetchPage(await idOf('zither'));
    const page = await response.text();
    const tags = [...page.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag);
    const known = 'html head meta title style body h1 h2 p a mark'.split(' ');
    expect(tags.filter((tag) => tag !== undefined && !known.includes(tag))).toEqual([]);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    '0',
    '-1',
    '1.5',
    '01',
    '1e3',
    '999999999',
    '9223372036854775808',
    '9'.repeat(40),
    'manual',
    '%00',
    "1'--",
    '1%2F2',
  ])('answers 404 for the id %s', async (id) => {
    const { status, body } = await service.request('GET', `/passages/${id}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: 'not_found' });
  });

  it('answers 404 for any other id', async () => {
    const ids = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
      fc.bigInt().map(String),
    );
    const isKnown = (id: string) => /^[1-7]$/.test(id);
    await fc.assert(
      fc.asyncProperty(
        ids.filter((id) => !isKnown(id)),
        async (id) => {
          expect((await fetchPage(encodeURIComponent(id))).status).toBe(404);
        },
      ),
      { numRuns: 200, seed: 17 },
    );
  });

  it('shows nothing of a document that was deleted', async () => {
    await service.ingest([{ id: 'gone', text: 'The xylophone falls silent.' }]);
    const id = await idOf('xylophone');
    expect((await fetchPage(id)).status).toBe(200);
    await service.request('DELETE', '/documents/gone');
    expect((await fetchPage(id)).status).toBe(404);
  });
});
