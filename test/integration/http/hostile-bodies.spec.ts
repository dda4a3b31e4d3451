import { ADMIN_TOKEN } from '../../support/service/admin.ts';
import { requestRaw } from '../../support/service/raw-request.ts';
import { startService, type Service } from '../../support/service/service.ts';

const MIB = 1_048_576;
/** Longest body of a refusal, in characters: 20 details of 200 characters each for the path and the message. */
const MAX_REFUSAL = 10_000;

/** Parts joined by commas, as many as fit into so many characters. */
function fill(chars: number, part: (index: number) => string): string {
  const parts: string[] = [];
  for (let used = 0; used < chars; used += (parts.at(-1)?.length ?? 0) + 1) parts.push(part(parts.length));
  return parts.slice(0, -1).join(',');
}

const shapes: [string, (chars: number) => string][] = [
  ['numbers instead of documents', (chars) => `{"documents":[${fill(chars, () => '1')}]}`],
  ['documents', (chars) => `{"documents":[${fill(chars, () => '{"text":"a"}')}]}`],
  ['unknown fields', (chars) => `{${fill(chars, (index) => `"k${index}":1`)}}`],
  [
    'metadata fields',
    (chars) => `{"documents":[{"text":"a","metadata":{${fill(chars, (index) => `"k${index}":1`)}}}]}`,
  ],
  [
    'items of a metadata list',
    (chars) => `{"documents":[{"text":"a","metadata":{"a":[${fill(chars, () => '{}')}]}}]}`,
  ],
  ['filter fields', (chars) => `{"query":"What?","filter":{${fill(chars, (index) => `"k${index}":{}`)}}}`],
  ['nested lists', (chars) => `{"documents":${'['.repeat(chars / 2)}${']'.repeat(chars / 2)}}`],
  ['nested objects', (chars) => `{"query":${'{"a":'.repeat(chars / 6)}1${'}'.repeat(chars / 6)}}`],
  ['one long name', (chars) => `{"${'x'.repeat(chars)}":1}`],
];

describe('a hostile body', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ ADMIN_TOKEN });
  });

  afterAll(() => service.close());

  const post = (path: string, body: string) =>
    requestRaw(service.url, {
      method: path.endsWith('/huggingface_api') ? 'PATCH' : 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
    });

  const routes: [path: string, chars: number][] = [
    ['/documents', 2 * MIB],
    ['/query', 256 * 1_024 - 100],
    ['/search', 256 * 1_024 - 100],
    ['/admin/circuit-breakers/local_extractive/reset', 256 * 1_024 - 100],
    ['/admin/circuit-breakers/local_extractive/force-state', 256 * 1_024 - 100],
  ];

  it.each(routes.flatMap(([path, chars]) => shapes.map(([shape, body]) => [path, shape, body(chars)])))(
    'is refused with a short response by %s when it is made of %s',
    async (path, _, body) => {
      const { status, body: refusal } = await post(path, body);
      expect([400, 413]).toContain(status);
      expect(refusal).toMatchObject({ error: status === 400 ? 'invalid_request' : 'payload_too_large' });
      expect(JSON.stringify(refusal).length).toBeLessThan(MAX_REFUSAL);
    },
  );

  it('is not parsed when it has too many values or levels, even at the largest size', async () => {
    const values = { error: 'payload_too_large', message: 'At most 60000 values in one call.' };
    expect(await post('/documents', `{"documents":[${'1,'.repeat(9 * MIB)}1]}`)).toMatchObject({
      status: 413,
      body: values,
    });
    const message = 'the body has more than 32 lists and objects inside one another';
    expect(await post('/query', '['.repeat(100))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', details: [{ path: '', message }] },
    });
  });

  it('is parsed when it has as many values as 1,000 documents of 50 fields', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field_${index}`, index]));
    const documents = Array.from({ length: 1_000 }, (_, index) => ({
      id: `d${index}`,
      title: 'a',
      text: '',
      format: 'text',
      url: 'http://a.b',
      metadata,
    }));
    const { status, body } = await post('/documents', JSON.stringify({ documents }));
    // The values are counted first; then only the empty texts are wrong with it.
    expect(status).toBe(400);
    expect(body).toMatchObject({
      details: Array.from({ length: 20 }, () => ({ path: expect.stringMatching(/\.text$/) })),
    });
  });
});
