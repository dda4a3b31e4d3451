import { handbook } from '../../support/scenarios/documents.ts';
import { startService, type Service } from '../../support/service/service.ts';

interface SearchBody {
  retrieval: string;
  results: { document_id: string; score: number }[];
}

describe('POST /search', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  const search = (query: string, more: Record<string, unknown> = {}) =>
    service.request<SearchBody>('POST', '/search', { query, ...more });

  it('returns no result from an empty corpus in every mode', async () => {
    for (const mode of ['hybrid', 'vector', 'lexical']) {
      const { status, body } = await search('circuit', { mode });
      expect(status).toBe(200);
      expect(body.results).toEqual([]);
    }
  });

  it.each([undefined, 'hybrid', 'vector', 'lexical'])('searches in mode %s', async (mode) => {
    await service.ingest(handbook);
    const { status, body } = await search('When does the circuit open after failures?', { mode });
    expect(status).toBe(200);
    expect(body.retrieval).toBe(mode ?? 'hybrid');
    expect(body.results[0]).toEqual({
      document_id: 'circuits',
      chunk_id: expect.stringMatching(/^\d+$/),
      title: 'Circuit breakers',
      heading: null,
      text: handbook[0]?.text,
      score: expect.any(Number),
    });
    const scores = body.results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('finds any of the words, and parts of words by vectors alone', async () => {
    expect((await search('bicycles xylophone zither', { mode: 'lexical' })).body.results).toMatchObject([
      { document_id: 'parking' },
    ]);
    expect((await search('bicyc shedd', { mode: 'lexical' })).body.results).toEqual([]);
    const [first] = (await search('bicyclez and shedz', { mode: 'vector' })).body.results;
    expect(first?.document_id).toBe('parking');
  });

  it.each(['?!', '🎉', '\u200b'])('returns no result for %j, which has no word', async (query) => {
    // Any text is near to the vector of none, this one near enough by chance.
    await service.ingest([{ id: 'near', text: 'The `Post` object type will result in generating' }]);
    for (const mode of ['hybrid', 'vector', 'lexical'])
      expect((await search(query, { mode })).body).toEqual({ retrieval: mode, results: [] });
  });

  it('finds words with and without accents, the same spelling first', async () => {
    const texts: Record<string, string> = {
      'accents-with': 'A naïve cliché about the Việt Nam café.',
      'accents-without': 'A naive cliche about the Viet Nam cafe.',
      'accents-only': 'Der Straßenzug in Łódź, कानून डिफ़ेंस and كِتَاب.',
    };
    await service.ingest(Object.entries(texts).map(([id, text]) => ({ id, text })));
    const found = async (query: string) =>
      (await search(query, { mode: 'lexical' })).body.results.map(({ document_id: id }) => id);
    expect(await found('naive cliche')).toEqual(['accents-without', 'accents-with']);
    expect(await found('naïve cliché')).toEqual(['accents-with', 'accents-without']);
    for (const query of ['lodz', 'STRASSENZUG', 'डिफेंस', 'كتاب'])
      expect(await found(query)).toEqual(['accents-only']);
  });

  it('returns at most top_k results, and only those that match the filter', async () => {
    await service.ingest(
      Array.from({ length: 12 }, (_, index) => ({
        id: `n${index}`,
        text: `The beacon number ${index} blinks.`,
        metadata: { even: index % 2 === 0, index, label: `l${index % 3}`, none: null },
      })),
    );
    const found = async (more: Record<string, unknown>) =>
      (await search('beacon blinks', { top_k: 100, ...more })).body.results
        .map((result) => result.document_id)
        .filter((id) => id.startsWith('n'))
        .sort();
    expect((await found({})).length).toBe(12);
    expect((await search('beacon blinks')).body.results.length).toBe(6);
    expect((await search('beacon blinks', { top_k: 3 })).body.results.length).toBe(3);
    expect(await found({ filter: { even: true, label: 'l0' } })).toEqual(['n0', 'n6']);
    expect(await found({ filter: { index: 7 } })).toEqual(['n7']);
    expect(await found({ filter: { index: '7' } })).toEqual([]);
    expect((await found({ filter: { none: null } })).length).toBe(12);
    expect(await found({ filter: { missing: null } })).toEqual([]);
    for (const mode of ['vector', 'lexical'])
      expect(await found({ filter: { index: 7 }, mode })).toEqual(['n7']);
  });

  it('finds documents whose field has the value of the filter, or a list that contains it', async () => {
    const stored: Record<string, unknown> = {
      one: { tags: 'a' },
      some: { tags: ['b', 'a', 1, null, true], lang: 'en' },
      others: { tags: ['b', '1', 'aa'], lang: ['en', 'fr'] },
      none: { tags: [] },
    };
    await service.ingest(
      Object.entries(stored).map(([id, metadata]) => ({ id, text: 'The lantern glows.', metadata })),
    );
    const found = async (filter: Record<string, unknown>, mode = 'hybrid') => {
      const { body } = await search('lantern glows', { top_k: 100, filter, mode });
      return body.results.map((result) => result.document_id).sort();
    };
    for (const mode of ['hybrid', 'vector', 'lexical'])
      expect(await found({ tags: 'a' }, mode)).toEqual(['one', 'some']);
    expect(await found({ tags: 'b' })).toEqual(['others', 'some']);
    expect(await found({ tags: 1 })).toEqual(['some']);
    expect(await found({ tags: '1' })).toEqual(['others']);
    expect(await found({ tags: null })).toEqual(['some']);
    expect(await found({ tags: true })).toEqual(['some']);
    expect(await found({ tags: 'b', lang: 'en' })).toEqual(['others', 'some']);
    expect(await found({ tags: 'b', lang: 'fr' })).toEqual(['others']);
    expect(await found({ tags: 'a', lang: 'fr' })).toEqual([]);
    expect(await found({ tags: 'c' })).toEqual([]);
    const answered = await service.query('What does the lantern do?', { filter: { tags: 'aa' } });
    expect(answered.body.sources.map((source) => source.document_id)).toEqual(['others']);
    for (const id of Object.keys(stored)) await service.request('DELETE', `/documents/${id}`);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ query: '' }, 'query'],
    [{ query: 'a', mode: 'fuzzy' }, 'mode'],
    [{ query: 'a', top_k: 0 }, 'top_k'],
    [{ query: 'a', top_k: 101 }, 'top_k'],
    [{ query: 'a', filter: { a: [1] } }, 'filter.a'],
    [{ query: 'a', include_metadata: true }, ''],
  ])('refuses %j', async (body, path) => {
    const reply = await service.request('POST', '/search', body);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ error: 'invalid_request', details: [{ path }] });
  });

  it.each(['the', '???', 'a & b | !c', "'; DROP TABLE chunks; --", ':*', '🦆', '\\', '%_', '中文'])(
    'treats %s as words and not as an operator',
    async (query) => {
      for (const mode of ['hybrid', 'vector', 'lexical'])
        expect((await search(query, { mode })).status).toBe(200);
    },
  );
});
