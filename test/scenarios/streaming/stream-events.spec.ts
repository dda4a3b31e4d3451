import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { excerpts, metadata } from '../../support/scenarios/expected.ts';
import { EventReader, namesOf, shownText } from '../../support/service/event-reader.ts';

describeScenario('POST /query as a stream', {}, (scenario) => {
  let asked = 0;
  const question = () => circuitQuestion(1_000 + asked++);

  afterEach(() => scenario.fake.clearFaults());

  it.each(['live', 'whole'])(
    'shows sources, the text and the whole response, in the policy %s',
    async (stream_policy) => {
      const query = question();
      const reader = await EventReader.ask(scenario.service, { query, stream_policy });
      expect(reader.response.status).toBe(200);
      expect(Object.fromEntries(reader.response.headers)).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        'x-stream-id': expect.stringMatching(/^[\w-]{36}$/),
      });
      const events = await reader.rest();
      expect(namesOf(events)).toEqual(['sources', 'token', 'done']);
      expect(events.map(({ id }) => id)).toEqual(events.map((_, at) => `${reader.id}.${at + 1}`));
      const done = events.at(-1)!.data;
      expect(done['metadata']).toEqual(metadata({ request_id: reader.response.headers.get('x-request-id') }));
      expect(shownText(events)).toBe(done['answer']);
      expect(events[0]?.data).toEqual({ sources: done['sources'] });
      const tokens = events.filter(({ event }) => event === 'token').length;
      expect(tokens > 1).toBe(stream_policy === 'live');
      const again = await (await EventReader.ask(scenario.service, { query })).rest();
      expect(namesOf(again)).toEqual(['sources', 'token', 'done']);
      expect(again.at(-1)?.data['metadata']).toMatchObject({ from_cache: true, target: 'huggingface_api' });
      expect(shownText(again)).toBe(done['answer']);
    },
  );

  it('shows an answer of the fallback ladder with its notice before the text', async () => {
    scenario.fake.fail('chat', { kind: 'reset' });
    const events = await (await EventReader.ask(scenario.service, { query: question() })).rest();
    expect(namesOf(events)).toEqual(['sources', 'notice', 'token', 'done']);
    const done = events.at(-1)!.data;
    expect(done['metadata']).toEqual(
      excerpts('generation_failed_no_cache', [expect.objectContaining({ outcome: 'failure' })]),
    );
    expect(events.find(({ event }) => event === 'notice')?.data).toEqual({
      notice: 'The assistant is temporarily unavailable; these are excerpts, not an answer.',
      fallback_source: 'excerpts',
      fallback_reason: 'generation_failed_no_cache',
      provisional: false,
    });
    expect(shownText(events)).toBe(done['answer']);
    expect(events.findLast(({ event }) => event === 'sources')?.data).toEqual({ sources: done['sources'] });
  });

  it.each([
    ['application/json, Text/Event-Stream;q=0.5', 'text/event-stream; charset=utf-8'],
    ['text/event-stream;q=0', 'application/json; charset=utf-8'],
    ['text/event-stream; q=0.0', 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['text/event-streams', 'application/json; charset=utf-8'],
  ])('is asked for by Accept: %s gives %s', async (accept, type) => {
    const response = await fetch(`${scenario.service.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query: question() }),
    });
    expect(response.headers.get('content-type')).toBe(type);
    await response.text();
  });

  it('leaves metadata out when that is asked for', async () => {
    const body = { query: question(), include_metadata: false };
    expect((await (await EventReader.ask(scenario.service, body)).rest()).at(-1)?.data).toMatchObject({
      metadata: null,
    });
  });

  it.each([
    [{ query: '' }, 400, 'invalid_request'],
    [{ query: 'Why?', stream_policy: 'soon' }, 400, 'stream_policy'],
    [{ query: 'Why?', resumable: 1 }, 400, 'resumable'],
  ])('refuses the wrong request %j before the first byte', async (body, status, named) => {
    await expect(EventReader.ask(scenario.service, body)).rejects.toThrow(
      new RegExp(`^${status} .*${named}`),
    );
  });

  it('takes a new answer with no-cache, and keeps none with no-store', async () => {
    const { service, fake } = scenario;
    const query = question();
    const ask = async (cacheControl: string) => {
      const headers = { 'cache-control': cacheControl };
      return (await service.query(query, {}, { headers })).body.metadata.from_cache;
    };
    const calls = fake.count('chat');
    expect(await ask('no-store')).toBe(false);
    expect(await ask('max-age=60')).toBe(false);
    expect(await ask('max-age=60')).toBe(true);
    expect(await ask('no-cache')).toBe(false);
    expect(fake.count('chat')).toBe(calls + 3);
    fake.fail('chat', { kind: 'reset' });
    expect(
      (await service.query(query, {}, { headers: { 'cache-control': 'no-cache' } })).body.metadata,
    ).toMatchObject({
      from_fallback: true,
      fallback_source: 'l1_cache',
      stale: false,
    });
  });

  it('answers with the status 503 when nothing at all is available', async () => {
    const { service, fake, ask } = scenario;
    fake.fail('chat', { kind: 'reset' });
    for (let failure = 0; failure < 5; failure++) await ask();
    await expect(EventReader.ask(service, { query: 'zq17' })).rejects.toThrow(/^503 .*service_unavailable/);
  });
});
