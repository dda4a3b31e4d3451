import { startService, type ServerProcess } from '../../../bench/service-process.ts';
import { buildService, makeDataFolder } from '../../support/service/built-service.ts';

const JSON_BODY = { 'content-type': 'application/json' };

// As built, with the files of the console: what registers them must not come before the handler of errors.
describe('a body that is refused before a route reads it', () => {
  const end = new AsyncDisposableStack();
  let service: ServerProcess;

  beforeAll(async () => {
    buildService();
    const folder = end.use(await makeDataFolder());
    const env = { DATA_DIR: folder.path, SEED_DOCS: 'false' };
    service = end.use(await startService(env, AbortSignal.timeout(60_000)));
  }, 120_000);

  afterAll(() => end.disposeAsync());

  it.each([
    ['is no JSON', JSON_BODY, '{bad', 400, 'invalid_request'],
    ['is text', { 'content-type': 'text/plain' }, 'x', 415, 'unsupported_media_type'],
    ['is compressed', { ...JSON_BODY, 'content-encoding': 'gzip' }, 'x', 415, 'unsupported_media_type'],
    ['is too large', JSON_BODY, `"${'x'.repeat(300_000)}"`, 413, 'payload_too_large'],
  ])('is answered with an error of the catalogue when it %s', async (_, headers, body, status, code) => {
    const response = await fetch(`${service.url}/query`, { method: 'POST', headers, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error: code,
      request_id: response.headers.get('x-request-id'),
    });
  });

  it.each([
    ['/v1/chat/completions', { error: { type: 'invalid_request_error' } }],
    ['/mcp', { jsonrpc: '2.0', error: { code: expect.any(Number) } }],
  ])('is answered in the form of the protocol at %s', async (path, expected) => {
    const response = await fetch(service.url + path, { method: 'POST', headers: JSON_BODY, body: '{bad' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject(expected);
  });
});
