import fc from 'fast-check';
import { requestRaw } from '../../support/service/raw-request.ts';
import { startService, type Service } from '../../support/service/service.ts';

const ORIGIN = 'https://app.example.com';
const TYPES = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const RUNS = { numRuns: 300, seed: 17 };
const RESPONSES: Record<number, RegExp> = {
  200: /^(event: message\ndata: )?\{.*"jsonrpc":"2.0"/,
  202: /^$/,
  400: /^\{"jsonrpc":"2.0",.*"error":\{"code":-/,
};
const RPC_ERROR = { jsonrpc: '2.0', error: { code: expect.any(Number), message: expect.any(String) } };

describe('POST /mcp', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ CORS_ORIGINS: ORIGIN });
    await service.ingest([{ id: 'a', text: 'The circuit opens.' }]);
  });

  afterAll(() => service.close());

  const send = async (body: string, headers: Record<string, string> = {}, method = 'POST') => {
    const sent = method === 'GET' ? null : body;
    const response = await fetch(`${service.url}/mcp`, {
      method,
      headers: { ...TYPES, ...headers },
      body: sent,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

  it.each(['GET', 'DELETE'])('has no %s: there are no sessions', async (method) => {
    const { status, headers, text } = await send('', {}, method);
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('POST');
    expect(JSON.parse(text)).toMatchObject({ ...RPC_ERROR, id: null });
  });

  it.each<[string, string, Record<string, string>, number, number]>([
    ['no JSON', '{"jsonrpc":', {}, 400, -32_700],
    ['no UTF-8', '\u0000', { 'content-type': 'application/json; charset=latin1' }, 415, -32_000],
    ['a prototype', '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{}}', {}, 400, -32_700],
    ['nothing', '', {}, 400, -32_700],
    ['null', 'null', {}, 400, -32_600],
    ['no message', '{}', {}, 400, -32_600],
    ['a batch', `[${ping}]`, {}, 400, -32_600],
    ['another version of JSON-RPC', '{"jsonrpc":"1.0","id":1,"method":"ping"}', {}, 400, -32_600],
    ['another type', ping, { 'content-type': 'text/plain' }, 415, -32_000],
    ['a caller who takes no stream', ping, { accept: 'application/json' }, 406, -32_000],
    ['an unknown version of MCP', ping, { 'mcp-protocol-version': '1999-01-01' }, 400, -32_000],
    ['an unknown version in a message', ping, { 'mcp-protocol-version': '2026-07-28' }, 400, -32_602],
    ['too long a body', JSON.stringify('x'.repeat(300_000)), {}, 413, -32_000],
    ['a page of somebody else', ping, { origin: 'https://evil.example.com' }, 403, -32_000],
  ])('answers with an error of JSON-RPC for %s', async (_, body, headers, status, code) => {
    const reply = await send(body, headers);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.text)).toMatchObject({ ...RPC_ERROR, error: { code } });
  });

  it('answers a foreign Host with 403, whatever the body', async () => {
    const headers = { ...TYPES, host: 'evil.example.com' };
    const reply = await requestRaw(service.url, { method: 'POST', path: '/mcp', headers, body: ping });
    expect(reply.status).toBe(403);
    expect(reply.body).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: {
        code: -32_000,
        message: expect.stringContaining('PUBLIC_URL'),
        data: { error: 'forbidden', message: expect.any(String), request_id: reply.headers['x-request-id'] },
      },
    });
  });

  it('takes an allowed origin, and gives its pages the response', async () => {
    const { status, headers } = await send(ping, { origin: ORIGIN });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
  });

  it('opens no stream for changes, since nothing changes', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const method = 'subscriptions/listen';
    const params = { notifications: { toolsListChanged: true }, _meta: meta };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method };
    const { text } = await send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), headers);
    expect(JSON.parse(text)).toMatchObject({ ...RPC_ERROR, id: 1 });
  });

  const id = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.jsonValue());
  const method = fc.oneof(
    fc.constantFrom('initialize', 'ping', 'tools/list', 'tools/call', 'resources/read', 'server/discover'),
    fc.constantFrom('notifications/initialized', 'notifications/cancelled', 'subscriptions/listen'),
    fc.string(),
  );
  const tool = fc.record(
    {
      name: fc.oneof(fc.constantFrom('search', 'fetch', 'ask', '__proto__', 'toString'), fc.jsonValue()),
      arguments: fc.oneof(
        fc.record({ query: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()) }),
        fc.record({ id: fc.oneof(fc.string({ unit: 'binary' }), fc.bigInt().map(String), fc.jsonValue()) }),
        fc.jsonValue(),
      ),
      _meta: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const message = fc.record(
    { jsonrpc: fc.constantFrom('2.0', '1.0'), id, method, params: fc.oneof(tool, fc.jsonValue()) },
    { requiredKeys: [] },
  );

  it('never fails for any message, in either version of the protocol', async () => {
    const versions = fc.constantFrom(undefined, '2025-06-18', '2026-07-28', 'x');
    await fc.assert(
      fc.asyncProperty(fc.oneof(message, fc.jsonValue()), versions, async (sent, version) => {
        const headers: Record<string, string> = {};
        if (version !== undefined) headers['mcp-protocol-version'] = version;
        const { status, text } = await send(JSON.stringify(sent), headers);
        expect([status, text]).toEqual([
          expect.any(Number),
          expect.stringMatching(RESPONSES[status] ?? /^$/),
        ]);
        expect(RESPONSES).toHaveProperty(String(status));
      }),
      RUNS,
    );
    expect(service.logs.filter(({ event }) => event === 'internal_error')).toEqual([]);
  });
});
