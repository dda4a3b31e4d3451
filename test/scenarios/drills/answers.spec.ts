import { connectMcp } from '../../support/protocols/mcp-client.ts';
import { askModel, openAiClient, streamModel } from '../../support/protocols/openai-client.ts';
import { createTransport, sendQuestion } from '../../support/protocols/chat-client.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { EventReader, namesOf, shownText } from '../../support/service/event-reader.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import type { AnswerBody } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';
const OPEN_MS = 30_000;
const UNKNOWN_PATIENCE_MS = 4_000;

const env = { ADMIN_TOKEN, DRILLS_ENABLED: 'true', PROBE_INTERVAL_SECONDS: '10' };

describeScenario('an answer during a drill of the model', env, (scenario) => {
  let asked = 10_000;
  const question = () => circuitQuestion(asked++);
  const begin = (fault: string, more: object = {}) =>
    drillsOf(scenario.service).begin(NAME, fault, { ...more });
  const state = async () => (await scenario.service.guard(NAME)).state;
  /** Lets time pass in steps, each followed by what it set off. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      await scenario.clock.advance(1_000);
      await until('nothing is under way', () => scenario.service.isAtRest());
    }
  };

  afterEach(async () => {
    const { list, end } = drillsOf(scenario.service);
    for (const { id } of (await list()).running) await end(id);
    await until('the calls that hang have come to their limits', async () => {
      await scenario.clock.advance(1_000);
      return scenario.service.isAtRest();
    });
    await scenario.service.request('POST', `/admin/circuit-breakers/${NAME}/reset`, undefined, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
  });

  it('says so while calls fail and while the open circuit rejects them, and no longer once the drill is over', async () => {
    const { service, fake } = scenario;
    const calls = fake.count('chat');
    const first = question();
    const { id } = await begin('refuse', { ttl_seconds: 60 });
    const failed = await service.query(first);
    expect(failed.body.metadata).toEqual({
      ...excerpts('generation_failed_no_cache', [attempt('failure')]),
      drill: [NAME],
    });
    for (let failure = 1; failure < 5; failure++) await scenario.ask();
    expect(await service.guard(NAME)).toMatchObject({
      state: 'open',
      demoted: { cause: 'failing' },
      after_drill: false,
    });
    const rejected = await service.query(question());
    expect(rejected.body.metadata).toEqual({
      ...excerpts('circuit_breaker_open_no_cache', [attempt('rejected')]),
      drill: [NAME],
    });
    // Probes meet the fault as well.
    await pass(59_000);
    expect(await state()).toBe('open');
    expect(fake.count('chat')).toBe(calls);
    const { calls_hit: hit } = (await drillsOf(service).list()).running[0]!;
    expect(hit).toBeGreaterThan(5);
    expect(seriesOf('failsoft_drill_calls_total', await scrape(service))).toEqual({
      [`{name="${NAME}",fault="refuse"}`]: hit,
    });

    await pass(1_000);
    expect((await drillsOf(service).list()).ended[0]).toMatchObject({ id, how: 'expired' });
    // The circuit that it has opened is a part of it.
    const { state: left, ...after } = await service.guard(NAME);
    expect(after).toMatchObject({ demoted: null, after_drill: left !== 'closed' });
    const told = left === 'open' ? [NAME] : null;
    expect((await service.query(question())).body.metadata.drill).toEqual(told);
    await pass(OPEN_MS);
    expect(await state()).toBe('closed');
    // What the drill degraded was not kept.
    expect((await service.query(first)).body.metadata).toEqual(metadata());
  });

  it('is an ordinary one when it comes out of the cache, and when a model gave it', async () => {
    const { service } = scenario;
    const known = question();
    await service.query(known);
    await begin('slow');
    const cached = await service.query(known);
    expect(cached.body.metadata).toMatchObject({ from_cache: true, drill: null });
    const slow = question();
    const asking = service.query(slow);
    // Before, the call to the embedding host has the same limit.
    const isDelayed = async () => (await drillsOf(service).list()).running[0]?.calls_hit === 1;
    await until('the call is delayed', isDelayed);
    await scenario.clock.advance(3_000);
    const { body, headers } = await asking;
    expect(body.metadata).toEqual(metadata({ attempts: [attempt('success', NAME, 3_000)], drill: [NAME] }));
    expect(headers.get('cache-status')).toContain('stored');
    expect((await service.query(slow)).body.metadata).toMatchObject({ from_cache: true, drill: null });
    // The delay does not become what is usual.
    expect(await service.guard(NAME)).toMatchObject({ patience: { first_token_p99_seconds: 0 } });
  });

  it('is told in streams: after a text that breaks off, and when nobody waits any longer', async () => {
    const { service, clock } = scenario;
    const severed = await begin('cut_midway');
    const events = await (await EventReader.ask(service, { query: question() })).rest();
    expect(namesOf(events)).toEqual(['sources', 'token', 'reset', 'sources', 'notice', 'token', 'done']);
    expect(events.at(-1)?.data).toMatchObject({ answer: shownText(events), metadata: { drill: [NAME] } });
    await drillsOf(service).end(severed.id);

    await begin('hang');
    const reader = await EventReader.ask(service, { query: question(), stream_policy: 'whole' });
    // The passages are there before the model should speak.
    expect(namesOf(await reader.until('sources'))).toEqual(['sources']);
    await until('somebody waits', () => clock.isDueIn(UNKNOWN_PATIENCE_MS));
    await clock.advance(UNKNOWN_PATIENCE_MS);
    const done = (await reader.rest()).at(-1)?.data;
    expect(done).toMatchObject({
      metadata: {
        fallback_source: 'excerpts',
        fallback_reason: 'generation_timeout_no_cache',
        drill: [NAME],
      },
    });
  });

  it('is told by every API', async () => {
    const { service } = scenario;
    await begin('garbage');
    const client = openAiClient(service);
    expect((await askModel(client, question())).completion.failsoft.drill).toEqual([NAME]);
    const { chunks } = await streamModel(client, question());
    expect(chunks.at(-1)?.failsoft.drill).toEqual([NAME]);
    const mcp = await connectMcp(service);
    const { found } = await mcp.call<AnswerBody>('ask', { query: question() });
    expect(found?.metadata.drill).toEqual([NAME]);
    await mcp.client.close();
    const body = { model: 'failsoft', messages: [{ role: 'user', content: question() }] };
    const refused = await service.request<object>('POST', '/v1/chat/completions', {
      ...body,
      failsoft: { degraded: 'refuse' },
    });
    expect([refused.status, refused.headers.get('x-failsoft-drill')]).toEqual([503, NAME]);
    expect(refused.body).toMatchObject({ error: { drill: [NAME] } });
    const parts = await Array.fromAsync(await sendQuestion(createTransport(service), question()));
    const told = parts.find(({ type }) => type === 'message-metadata');
    expect(told).toMatchObject({ messageMetadata: { drill: [NAME] } });
  });

  it('that was deferred is an ordinary one when it is given after the drill', async () => {
    const { service } = scenario;
    const { id } = await begin('status_503');
    const { body } = await service.query(question(), { defer: true });
    expect(body.metadata).toMatchObject({ from_fallback: true, drill: [NAME] });
    await drillsOf(service).end(id);
    const fetchAnswer = () => service.request<AnswerBody>('GET', `/answers/${body.metadata.deferred?.id}`);
    await until('the answer is there', async () => {
      await pass(1_000);
      return (await fetchAnswer()).status === 200;
    });
    const answered = await fetchAnswer();
    expect(answered.body.metadata).toMatchObject({ from_fallback: false, drill: null });
  });
});
