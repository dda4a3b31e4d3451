import { strangeQuestion } from '../../support/scenarios/documents.ts';
import { metadata, noContext } from '../../support/scenarios/expected.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';

const QUESTION = 'When does the circuit open?';

describe('POST /query', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithFake();
    await scenario.service.ingest([
      {
        id: 'wiring',
        title: 'Wiring',
        url: 'https://example.com/w',
        text: '# Wiring\n\n## Loops\n\nA loop is a circuit.',
      },
    ]);
  });

  afterAll(() => scenario.close());

  it('searches further when the best passages repeat one another', async () => {
    const { service } = scenario;
    const copies = Array.from({ length: 30 }, (_, number) => ({
      id: `copy-${number}`,
      text: `Parental leave is asked for in the office, and parental leave is granted by the manager. The office keeps the rules of parental leave in a binder, number ${number}.`,
    }));
    const other = {
      id: 'adopted',
      text: 'For an adopted child the leave is twelve weeks, and a bonus is paid a month later.',
    };
    await service.ingest([...copies, other]);
    const { body } = await service.query('How long is parental leave?');
    expect(body.sources.map(({ document_id: id }) => id)).toEqual([
      expect.stringMatching(/^copy-/),
      'adopted',
    ]);
    expect(body.metadata).toMatchObject({ chunks_retrieved: 31, chunks_used: 2 });
    for (const { id } of [...copies, other]) await service.request('DELETE', `/documents/${id}`);
  });

  it('returns the passages that the model was given as sources', async () => {
    const { service, fake } = scenario;
    const { status, headers, body } = await service.query(QUESTION);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-status')).toBe('failsoft; fwd=miss; stored');
    const timings = headers.get('server-timing')?.split(', ').sort();
    expect(timings).toEqual(['embed;dur=0.0', 'generate;dur=0.0', 'search;dur=0.0']);
    expect(headers.get('x-request-id')).toBe(body.metadata.request_id);
    expect(body.metadata).toEqual(metadata({ chunks_retrieved: 2, chunks_used: 2 }));
    expect(body.answer).toBe(
      'According to the documents: Circuit breakers The circuit opens after five failures within a minute. ' +
        'After thirty seconds it lets three trials through. [1].',
    );
    expect(body.sources).toEqual([
      expect.objectContaining({ number: 1, document_id: 'circuits', title: 'Circuit breakers', url: null }),
      {
        number: 2,
        document_id: 'wiring',
        chunk_id: expect.stringMatching(/^\d+$/),
        title: 'Wiring',
        url: 'https://example.com/w',
        heading: 'Loops',
        excerpt: 'A loop is a circuit.',
        highlights: [{ start: 12, end: 19 }],
        score: expect.any(Number),
      },
    ]);
    const messages = JSON.stringify(fake.recorded('chat').at(-1)?.body['messages']);
    for (const source of body.sources) expect(messages).toContain(`[${source.number}] ${source.title}`);
  });

  it('omits only the metadata on request', async () => {
    const { service } = scenario;
    const whole = await service.query(QUESTION);
    const { body } = await service.query(QUESTION, { include_metadata: false });
    expect(body).toEqual({ ...whole.body, metadata: null });
  });

  it('gives the model no more passages than top_k', async () => {
    const { service } = scenario;
    const { body } = await service.query(QUESTION, { top_k: 1 });
    expect(body.sources.length).toBe(1);
    expect(body.metadata).toMatchObject({ chunks_retrieved: 2, chunks_used: 1 });
  });

  it('says that no document matches without calling the model', async () => {
    const { service, fake } = scenario;
    const calls = fake.count('chat');
    const { status, headers, body } = await service.query(strangeQuestion);
    expect(status).toBe(200);
    expect(body).toEqual({
      answer: 'I could not find anything about this in the documents.',
      sources: [],
      metadata: noContext(),
    });
    expect(headers.get('x-fallback-source')).toBe(null);
    expect(fake.count('chat')).toBe(calls);
  });
});
