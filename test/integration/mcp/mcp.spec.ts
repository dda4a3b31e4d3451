import { connectMcp, eras, type McpClient } from '../../support/protocols/mcp-client.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { startService, type AnswerBody } from '../../support/service/service.ts';

interface Found {
  results: { id: string; title: string; url: string; text: string }[];
  retrieval: string;
  notice: string | null;
}

interface Fetched {
  id: string;
  title: string;
  url: string;
  text: string;
  metadata: { document_id: string; heading: string | null; passage: string };
}

describe('POST /mcp', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithFake();
    const sections = ['One', 'Two', 'Three'].map(
      (name) => `# ${name}\n\nThe lantern of section ${name} glows.`,
    );
    const url = 'https://example.com/manual';
    await scenario.service.ingest([{ id: 'manual', title: 'Manual', url, text: sections.join('\n\n') }]);
  });

  afterAll(() => scenario.close());

  describe.each(eras)('for a client that negotiates as %s', (era) => {
    let mcp: McpClient;

    beforeAll(async () => {
      mcp = await connectMcp(scenario.service, era);
    });

    afterAll(() => mcp.client.close());

    it('offers three tools that only read, with the shapes of what they give', async () => {
      expect(mcp.client.getServerVersion()).toEqual({ name: 'failsoft', version: expect.any(String) });
      expect(mcp.client.getServerCapabilities()).toEqual({ tools: { listChanged: false } });
      const { tools } = await mcp.client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(['search', 'fetch', 'ask']);
      for (const { inputSchema, outputSchema, annotations, description, title } of tools) {
        expect(inputSchema).toMatchObject({ type: 'object', required: [expect.any(String)] });
        expect(outputSchema).toMatchObject({ type: 'object' });
        expect(annotations).toEqual({ readOnlyHint: true, openWorldHint: false });
        expect([typeof description, typeof title]).toEqual(['string', 'string']);
      }
    });

    it('searches, and reads what was found in its surroundings', async () => {
      const { found, text, isError } = await mcp.call<Found>('search', { query: 'lantern of section Two' });
      expect(isError).toBe(false);
      expect(JSON.parse(text)).toEqual(found);
      expect(found).toMatchObject({ retrieval: 'hybrid', notice: null });
      const [first] = found?.results ?? [];
      expect(first).toEqual({
        id: expect.stringMatching(/^\d+$/),
        title: 'Manual',
        url: 'https://example.com/manual',
        text: expect.stringContaining('section Two glows'),
      });
      const fetched = await mcp.call<Fetched>('fetch', { id: first?.id });
      expect(JSON.parse(fetched.text)).toEqual(fetched.found);
      expect(fetched.found).toEqual({
        ...first,
        text: expect.stringMatching(/One glows[^]*Two glows[^]*Three glows/),
        metadata: { document_id: 'manual', heading: 'Two', passage: first?.text },
      });
    });

    it('answers a question as POST /query does, each source with a URL that opens', async () => {
      const { found, text } = await mcp.call<AnswerBody>('ask', { query: `Does the circuit open, ${era}?` });
      expect(JSON.parse(text)).toEqual(found);
      expect(found?.metadata).toEqual(metadata());
      expect(found?.answer).toContain('[1]');
      const [source] = found?.sources ?? [];
      expect(source).toMatchObject({ number: 1, document_id: 'circuits' });
      const page = await fetch(source?.url ?? '');
      expect(page.status).toBe(200);
      expect(await page.text()).toContain(`<mark>${handbook[0]?.text}</mark>`);
    });

    it('says what is wrong with a call, for the model to read', async () => {
      const unknown = await mcp.call('fetch', { id: '999999' });
      expect(unknown).toEqual({
        found: undefined,
        isError: true,
        text: 'Not found.',
        meta: expect.objectContaining({
          'failsoft/error': { error: 'not_found', request_id: expect.any(String) },
        }),
      });
      for (const args of [{}, { query: '' }, { query: ' ' }, { query: 7 }, { query: 'x'.repeat(4_001) }])
        for (const tool of ['search', 'ask']) {
          const { isError, text } = await mcp.call(tool, args);
          expect([isError, text]).toEqual([true, expect.stringContaining('query')]);
        }
      await expect(mcp.call('forget', {})).rejects.toThrow('Tool forget not found');
    });
  });

  it('answers many clients at once, each its own question', async () => {
    const calls = Array.from({ length: 20 }, async (_, index) => {
      const mcp = await connectMcp(scenario.service, eras[index % 2]);
      const word = handbook[index % 3]?.id === 'parking' ? 'bicycles' : handbook[index % 3]?.id;
      const { found } = await mcp.call<AnswerBody>('ask', { query: `Tell me about ${word}, case ${index}` });
      await mcp.client.close();
      return found?.sources[0]?.document_id;
    });
    expect(await Promise.all(calls)).toEqual(calls.map((_, index) => handbook[index % 3]?.id));
  });

  it('gives an answer out of the cache, and a new one to a client that asks for it', async () => {
    const { service } = scenario;
    const ask = async (headers: Record<string, string>) => {
      const mcp = await connectMcp(service, 'legacy', headers);
      const { found } = await mcp.call<AnswerBody>('ask', { query: 'Who fills the kettle?' });
      await mcp.client.close();
      return found?.metadata.from_cache;
    };
    expect(await ask({})).toBe(false);
    expect(await ask({})).toBe(true);
    expect(await ask({ 'cache-control': 'no-cache' })).toBe(false);
  });

  it('names passages by PUBLIC_URL', async () => {
    const service = await startService({ PUBLIC_URL: 'https://rag.example.com/base' });
    await service.ingest(handbook);
    const mcp = await connectMcp(service);
    const { found } = await mcp.call<Found>('search', { query: 'kettle' });
    expect(found?.results[0]?.url).toMatch(/^https:\/\/rag\.example\.com\/base\/passages\/\d+$/);
    await mcp.client.close();
    await service.close();
  });
});
