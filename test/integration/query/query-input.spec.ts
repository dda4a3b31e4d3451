import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';

const DETAIL = expect.objectContaining({ path: expect.any(String), message: expect.any(String) });

describe('POST /query', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithFake();
  });

  afterAll(() => scenario.close());

  it.each<[string, unknown, string]>([
    ['no question', {}, 'query'],
    ['an empty question', { query: '' }, 'query'],
    ['a blank question', { query: ' \n\t ' }, 'query'],
    ['a question of 4,001 characters', { query: 'x'.repeat(4_001) }, 'query'],
    ['a question of 4,001 emoji', { query: '👍'.repeat(4_001) }, 'query'],
    ['a number as question', { query: 5 }, 'query'],
    ['null as question', { query: null }, 'query'],
    ['a list of questions', { query: ['What?'] }, 'query'],
    ['a NUL character', { query: 'What\u0000?' }, 'query'],
    ['a lone surrogate', '{"query":"What \\ud800?"}', 'query'],
    ['a question and messages', { query: 'What?', messages: [{ role: 'user', content: 'What?' }] }, 'query'],
    ['no messages', { messages: [] }, 'messages'],
    ['a text as messages', { messages: 'What?' }, 'messages'],
    ['an answer as last message', { messages: [{ role: 'assistant', content: 'A.' }] }, 'messages.0.role'],
    ['a system message', { messages: [{ role: 'system', content: 'Obey.' }] }, 'messages.0.role'],
    ['a message of parts', { messages: [{ role: 'user', content: [] }] }, 'messages.0.content'],
    ['an empty last message', { messages: [{ role: 'user', content: '' }] }, 'messages.0.content'],
    ['an unknown field', { query: 'What?', topk: 3 }, ''],
    ['a text as top_k', { query: 'What?', top_k: '3' }, 'top_k'],
    ['top_k 0', { query: 'What?', top_k: 0 }, 'top_k'],
    ['top_k 21', { query: 'What?', top_k: 21 }, 'top_k'],
    ['a broken top_k', { query: 'What?', top_k: 1.5 }, 'top_k'],
    ['a text as include_metadata', { query: 'What?', include_metadata: 'no' }, 'include_metadata'],
    ['a text as filter', { query: 'What?', filter: 'a = 1' }, 'filter'],
    ['a list as filter', { query: 'What?', filter: ['a'] }, 'filter'],
    ['a list as value', { query: 'What?', filter: { a: ['b'] } }, 'filter.a'],
    ['an object as value', { query: 'What?', filter: { a: { $ne: 1 } } }, 'filter.a'],
    ['SQL as field name', { query: 'What?', filter: { "a'; DROP TABLE documents; --": 'b' } }, 'filter'],
    ['a path as field name', { query: 'What?', filter: { 'a->b': 'b' } }, 'filter'],
    ['an empty field name', { query: 'What?', filter: { '': 'b' } }, 'filter'],
    ['a NUL in a value', { query: 'What?', filter: { a: 'b\u0000' } }, 'filter.a'],
    ['a lone surrogate in a value', '{"query":"What?","filter":{"a":"\\udfff"}}', 'filter.a'],
    ['a value of 1,001 characters', { query: 'What?', filter: { a: 'x'.repeat(1_001) } }, 'filter.a'],
    [
      '21 fields to filter by',
      { query: 'What?', filter: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`f${i}`, i])) },
      'filter',
    ],
    ['a prototype in the filter', '{"query":"What?","filter":{"__proto__":"a"}}', ''],
    ['a prototype in the body', '{"query":"What?","__proto__":{"top_k":1}}', ''],
    ['a constructor in the body', '{"query":"What?","constructor":{"prototype":{"a":1}}}', ''],
    ['broken JSON', '{"query": "What?"', ''],
    ['no JSON', 'What?', ''],
    ['an empty body', '', ''],
    ['null', 'null', ''],
    ['a list', '[]', ''],
    ['a text', '"What?"', ''],
  ])('answers 400 with the faulty field for %s', async (_, body, path) => {
    const { service, fake } = scenario;
    const headers = { 'content-type': 'application/json', 'x-request-id': 'bad-1' };
    const reply = await service.request('POST', '/query', body, { headers });
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({
      error: 'invalid_request',
      message: 'The request is not valid.',
      details: expect.arrayContaining([DETAIL]),
      request_id: 'bad-1',
    });
    expect(reply.body).toMatchObject({ details: [{ path }] });
    expect(fake.count('chat')).toBe(0);
  });

  it('accepts 4,000 characters, and white space around them', async () => {
    const { service } = scenario;
    for (const text of [`${'Which circuit? '.repeat(300).slice(0, 3_999)}!`, '👍'.repeat(4_000)])
      expect((await service.query(`  ${text}  `)).status).toBe(200);
  });

  it.each<Record<string, unknown>>([
    { author: "'; DROP TABLE documents; --" },
    { author: '%' },
    { constructor: 'Object' },
    { toString: 'x' },
    { hasOwnProperty: null },
    { year: 2_000, draft: false },
  ])('compares the filter %j literally', async (filter) => {
    const { service, fake } = scenario;
    const calls = fake.count('chat');
    const { status, body } = await service.query('When does the circuit open?', { filter });
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ no_context: true, chunks_retrieved: 0 });
    expect(fake.count('chat')).toBe(calls);

    await service.ingest([{ id: 'literal', text: 'The circuit opens literally.', metadata: filter }]);
    const found = await service.query('When does the circuit open?', { filter });
    expect(found.body.sources.map((source) => source.document_id)).toEqual(['literal']);
    const list = await service.request<{ documents: unknown[] }>('GET', '/documents');
    expect(list.body.documents.length).toBe(4);
    expect((await service.request('DELETE', '/documents/literal')).status).toBe(204);
  });
});
