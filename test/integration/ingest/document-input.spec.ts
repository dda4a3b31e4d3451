import { requestRaw } from '../../support/service/raw-request.ts';
import { startService, type Service } from '../../support/service/service.ts';

const MIB = 1_048_576;
const TOO_LARGE = { error: 'payload_too_large', message: expect.any(String), request_id: expect.any(String) };

describe('POST /documents', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  const list = async () => (await service.request('GET', '/documents')).body;

  const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    requestRaw(service.url, {
      method: 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  it.each<[string, unknown, string]>([
    ['no documents', {}, 'documents'],
    ['an empty batch', { documents: [] }, 'documents'],
    ['no list', { documents: { text: 'a' } }, 'documents'],
    [
      'two of one id',
      {
        documents: [
          { id: 'a', text: 'a' },
          { id: 'a', text: 'b' },
        ],
      },
      'documents',
    ],
    ['no text', { documents: [{ id: 'a' }] }, 'documents.0.text'],
    ['an empty text', { documents: [{ text: '' }] }, 'documents.0.text'],
    ['a blank text', { documents: [{ text: ' \n ' }] }, 'documents.0.text'],
    ['a text without words', { documents: [{ text: '<p> </p>', format: 'html' }] }, 'documents.0.text'],
    ['a NUL in a text', { documents: [{ text: 'a' }, { text: 'a\u0000' }] }, 'documents.1.text'],
    ['a lone surrogate', '{"documents":[{"text":"\\ud800"}]}', 'documents.0.text'],
    ['a NUL in an id', { documents: [{ id: 'a\u0000', text: 'a' }] }, 'documents.0.id'],
    ['an empty id', { documents: [{ id: '', text: 'a' }] }, 'documents.0.id'],
    ['an id of 201 characters', { documents: [{ id: 'x'.repeat(201), text: 'a' }] }, 'documents.0.id'],
    ['an unknown format', { documents: [{ text: 'a', format: 'pdf' }] }, 'documents.0.format'],
    ['no URL', { documents: [{ text: 'a', url: 'here' }] }, 'documents.0.url'],
    ['a dangerous URL', { documents: [{ text: 'a', url: 'javascript:alert(1)' }] }, 'documents.0.url'],
    ['an unknown field', { documents: [{ text: 'a', tenant_id: 'other' }] }, 'documents.0'],
    [
      'SQL as metadata name',
      { documents: [{ text: 'a', metadata: { "'); --": 1 } }] },
      'documents.0.metadata',
    ],
    ['deep metadata', { documents: [{ text: 'a', metadata: { a: { b: 1 } } }] }, 'documents.0.metadata.a'],
    [
      'long metadata',
      { documents: [{ text: 'a', metadata: { a: Array.from({ length: 21 }, () => 'x'.repeat(1_000)) } }] },
      'documents.0.metadata',
    ],
    ['a prototype', '{"documents":[{"text":"a","metadata":{"__proto__":1}}]}', ''],
  ])('answers 400 with the faulty field, and stores nothing, for %s', async (_, body, path) => {
    const { status, body: error } = await service.request('POST', '/documents', body);
    expect(status).toBe(400);
    expect(error).toMatchObject({
      error: 'invalid_request',
      message: 'The request is not valid.',
      details: [{ path, message: expect.any(String) }],
      request_id: expect.any(String),
    });
    expect(await list()).toEqual({ documents: [], next: null });
  });

  it.each([
    ['/documents', '{"documents":[{"text":"caf#"}]}'],
    ['/query', '{"query":"caf#"}'],
    ['/search', '{"query":"caf#"}'],
  ])('refuses a body that is not UTF-8: %s', async (path, body) => {
    const bytes = Buffer.from(body);
    bytes[bytes.indexOf('#')] = 0xe9;
    const details = [{ path: '', message: 'the body is not valid UTF-8' }];
    expect(await post(path, bytes)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', details },
    });
    expect(await list()).toEqual({ documents: [], next: null });
  });

  it('chunks a long page in a worker thread, and refuses one that it cannot read', async () => {
    const row = '<tr><td>fuse</td><td>melts</td></tr>';
    const text = `<h1>Fuses</h1><table>${row.repeat(1_000)}</table>`;
    const deep = `${'<div>'.repeat(4_000)}x`;
    const { status, body } = await service.request('POST', '/documents', {
      documents: [
        { id: 'page', format: 'html', text },
        { id: 'deep', format: 'html', text: deep },
      ],
    });
    expect(status).toBe(400);
    const message = 'is nested too deeply to be read';
    expect(body).toMatchObject({ details: [{ path: 'documents.1.text', message }] });
    expect(await list()).toEqual({ documents: [], next: null });

    const [stored] = await service.ingest([{ id: 'page', format: 'html', text }]);
    expect(stored).toMatchObject({ id: 'page', status: 'created' });
    expect(await list()).toMatchObject({ documents: [{ id: 'page', title: 'Fuses' }] });
    expect((await service.request('DELETE', '/documents/page')).status).toBe(204);
  });

  it('accepts 1,000 documents and refuses 1,001', async () => {
    const documents = Array.from({ length: 1_001 }, (_, index) => ({ id: `d${index}`, text: 'x' }));
    const { status, body } = await service.request('POST', '/documents', { documents });
    expect(status).toBe(413);
    expect(body).toEqual({ ...TOO_LARGE, message: 'At most 1000 documents in one call.' });
    expect(await list()).toEqual({ documents: [], next: null });
  });

  it('accepts a body of 20 MB and refuses a larger one', async () => {
    const text = 'All work and no play. '.repeat(MIB / 44);
    const [stored] = await service.ingest([{ id: 'long', text }]);
    expect(stored).toMatchObject({ id: 'long', status: 'created', embedding: 'ready' });
    expect(stored?.chunks).toBeGreaterThan(100);
    expect((await service.request('DELETE', '/documents/long')).status).toBe(204);

    const declared = await post('/documents', '{', { 'content-length': String(20 * MIB + 1) });
    expect(declared).toMatchObject({ status: 413, body: TOO_LARGE });
    const streamed = await post('/documents', Buffer.alloc(20 * MIB + 1, ' '), {
      'transfer-encoding': 'chunked',
    });
    expect(streamed).toMatchObject({ status: 413, body: TOO_LARGE });
  });

  it.each(['/query', '/search'])('limits other routes to 256 KB: %s', async (path) => {
    const fits = await post(path, `{"query":""}${' '.repeat(256 * 1_024 - 12)}`);
    expect(fits).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const large = await post(path, `{"query":""}${' '.repeat(256 * 1_024 - 11)}`);
    expect(large).toMatchObject({ status: 413, body: TOO_LARGE });
  });
});
