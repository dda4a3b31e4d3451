import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { EventReader, namesOf, shownText } from '../../support/service/event-reader.ts';
import type { AnswerBody } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const TARGET = 'huggingface_api';
const UNKNOWN_MS = 4_000;
const LEAST_MS = 2_000;
const KNOWN_CALLS = 20;
const REWRITE_MS = 1_500;

describe('a model that keeps a question waiting, with no other target', () => {
  const model = new ScriptedModel();
  let scenario: Scenario;
  let calls = 0;

  beforeAll(async () => {
    await model.start();
    scenario = await startWithFake({ GENERATION_TARGETS: model.url });
  });

  afterAll(async () => {
    await scenario.close();
    await model.stop();
  });

  const question = (number: number) => circuitQuestion(3_000 + number);
  /** Waits until somebody waits for that long, and lets the time pass. */
  const letPass = async (ms: number) => {
    await until(`a limit of ${ms} ms runs`, () => scenario.clock.isDueIn(ms));
    await scenario.clock.advance(ms);
  };
  const totals = async () => (await scenario.service.guard(TARGET)).totals;

  it('is answered around, and its late answer is in the cache', async () => {
    const { service } = scenario;
    const before = await totals();
    const asked = service.query(question(calls));
    const call = await model.call(calls);
    await letPass(UNKNOWN_MS);
    const { body } = await asked;
    expect(body.metadata).toMatchObject({
      fallback_source: 'excerpts',
      fallback_reason: 'generation_timeout_no_cache',
      attempts: [{ target: TARGET, outcome: 'timeout', duration_ms: UNKNOWN_MS }],
    });
    // Whoever asks meanwhile waits no more.
    expect((await service.query(question(calls))).body.metadata.fallback_source).toBe('excerpts');
    expect(model.calls.length).toBe(calls + 1);
    call.say('After five [1].');
    call.finish();
    await until('the late answer is there', async () => {
      const { body: late } = await service.query(question(calls));
      return late.metadata.from_cache && late.answer === 'After five [1].';
    });
    const after = await totals();
    expect([after.calls - before.calls, after.successes - before.successes]).toEqual([1, 1]);
    calls++;
  });

  it('takes the place of a provisional answer in a stream once it speaks', async () => {
    const asked = EventReader.ask(scenario.service, { query: question(calls) });
    const call = await model.call(calls++);
    const reader = await asked;
    expect(namesOf(await reader.until('sources'))).toEqual(['sources']);
    await letPass(UNKNOWN_MS);
    const provisional = await reader.until('token');
    expect(namesOf(provisional)).toEqual(['notice', 'token']);
    expect(provisional.find(({ event }) => event === 'notice')?.data).toMatchObject({
      fallback_source: 'excerpts',
      provisional: true,
    });
    call.say('After ');
    call.say('five [1].');
    call.finish();
    const [reset, ...events] = await reader.rest();
    expect(reset).toMatchObject({ event: 'reset', data: { reason: 'model_answered', target: TARGET } });
    expect(namesOf(events)).toEqual(['sources', 'token', 'done']);
    expect(shownText(events)).toBe('After five [1].');
    expect(events.at(-1)?.data['metadata']).toMatchObject({ from_fallback: false, notice: null });
  });

  it('ends a stream in the policy whole with the answer of the ladder', async () => {
    const asked = EventReader.ask(scenario.service, { query: question(calls), stream_policy: 'whole' });
    const call = await model.call(calls++);
    const reader = await asked;
    await letPass(UNKNOWN_MS);
    const events = await reader.rest();
    expect(namesOf(events)).toEqual(['sources', 'notice', 'token', 'done']);
    expect(events.find(({ event }) => event === 'notice')?.data).toMatchObject({ provisional: false });
    expect(call.isClosed).toBe(false);
    call.say('After five [1].');
    call.finish();
    await until('the late answer is there', async () => {
      const { body } = await scenario.service.query(question(calls - 1));
      return body.metadata.from_cache;
    });
  });

  it('that stalls midway is answered around within its usual gaps, and its text comes back', async () => {
    const asked = EventReader.ask(scenario.service, { query: question(calls) });
    const call = await model.call(calls++);
    call.say('After ');
    const reader = await asked;
    await reader.until('token');
    await letPass(LEAST_MS);
    const events = await reader.until('notice');
    expect(namesOf(events)).toEqual(['reset', 'sources', 'notice']);
    expect(events[0]?.data).toEqual({ reason: 'generation_timeout', target: TARGET });
    call.say('five [1].');
    call.finish();
    const rest = await reader.rest();
    expect(namesOf(rest)).toEqual(['token', 'reset', 'sources', 'token', 'done']);
    expect(shownText(rest)).toBe('After five [1].');
  });

  it('that never answers leaves the answer of the ladder as the final one', async () => {
    const before = await totals();
    const asked = EventReader.ask(scenario.service, { query: question(calls) });
    await model.call(calls++);
    const reader = await asked;
    await letPass(UNKNOWN_MS);
    await reader.until('token');
    await scenario.clock.advance(10_000 - UNKNOWN_MS);
    const events = await reader.rest();
    expect(namesOf(events)).toEqual(['done']);
    expect(events[0]?.data['metadata']).toMatchObject({
      fallback_reason: 'generation_timeout_no_cache',
      attempts: [{ outcome: 'timeout', duration_ms: 10_000 }],
    });
    expect((await totals()).failures - before.failures).toBe(1);
  });
});

describeScenario('a model whose usual times are known', {}, (scenario) => {
  it('is waited for no longer than four times as long, which health shows', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    const patience = async () => ((await service.guard(TARGET)) as unknown as { patience: object }).patience;
    expect(await patience()).toEqual({
      first_token_p99_seconds: null,
      first_token_seconds: UNKNOWN_MS / 1_000,
      next_token_seconds: LEAST_MS / 1_000,
    });
    for (let known = 0; known < KNOWN_CALLS; known++) await ask();
    expect(await patience()).toEqual({
      first_token_p99_seconds: expect.any(Number),
      first_token_seconds: LEAST_MS / 1_000,
      next_token_seconds: LEAST_MS / 1_000,
    });
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const calls = fake.count('chat');
    const asked = ask();
    await fake.received('chat', calls + 1);
    await until('somebody waits', () => clock.isDueIn(LEAST_MS));
    await clock.advance(LEAST_MS);
    expect((await asked).body.metadata.fallback_reason).toBe('generation_timeout_no_cache');
    // The call goes on to its own limit, holds its place meanwhile and fails there.
    expect(service.isAtRest()).toBe(false);
    await clock.advance(10_000 - LEAST_MS);
    await settled();
    expect(await service.guard(TARGET)).toMatchObject({ fail_count: 1 });
  });

  it('goes on in half-open without its question, and its success counts once', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'reset' }, { times: 5 });
    for (let failure = 0; failure < 5; failure++) await ask();
    await clock.advance(30_000);
    expect(await service.guard(TARGET)).toMatchObject({ state: 'open', half_open_trials: 0 });
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const calls = fake.count('chat');
    const asked = ask();
    await fake.received('chat', calls + 1);
    await until('somebody waits', () => clock.isDueIn(LEAST_MS));
    await clock.advance(LEAST_MS);
    expect((await asked).body.metadata.fallback_source).toBe('excerpts');
    expect(await service.guard(TARGET)).toMatchObject({ state: 'half-open', half_open_trials: 1 });
    await clock.advance(10_000 - LEAST_MS);
    await settled();
    expect(await service.guard(TARGET)).toMatchObject({ state: 'open', half_open_trials: 0 });
  });
});

describeScenario('a queue behind a model that hangs', { GENERATION_MAX_CONCURRENT: '1' }, (scenario) => {
  it('is left after the time that a question waits for the model itself', async () => {
    const { fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const calls = fake.count('chat');
    const first = ask();
    await fake.received('chat', calls + 1);
    const second = ask();
    await until('both wait', async () => {
      const { url } = scenario.service;
      return (await (await fetch(`${url}/metrics`)).text()).includes(
        'bulkhead_queue_depth{name="generation"} 1',
      );
    });
    await clock.advance(UNKNOWN_MS);
    expect((await first).body.metadata.fallback_reason).toBe('generation_timeout_no_cache');
    expect((await second).body.metadata).toMatchObject({
      fallback_reason: 'overloaded_no_cache',
      attempts: [],
    });
    await clock.advance(10_000 - UNKNOWN_MS);
    await settled();
    expect(fake.count('chat')).toBe(calls + 2);
  });
});

describeScenario('a question that follows others, with a model that hangs', {}, (scenario) => {
  it('waits no longer than any other', async () => {
    const { service, fake, clock, settled } = scenario;
    fake.fail('chat', { kind: 'black_hole' }, { times: 2 });
    const messages = [
      { role: 'user', content: circuitQuestion(1) },
      { role: 'assistant', content: 'After five failures [1].' },
      { role: 'user', content: 'and why?' },
    ];
    const asked = service.request<AnswerBody>('POST', '/query', { messages });
    await fake.received('chat', 1);
    await until('the rewriting is waited for', () => clock.isDueIn(REWRITE_MS));
    await clock.advance(REWRITE_MS);
    await fake.received('chat', 2);
    await until('the rest is waited for', () => clock.isDueIn(UNKNOWN_MS - REWRITE_MS));
    await clock.advance(UNKNOWN_MS - REWRITE_MS);
    expect((await asked).body.metadata).toMatchObject({
      fallback_reason: 'generation_timeout_no_cache',
      condensed: { by: 'rule' },
    });
    await clock.advance(10_000);
    await settled();
  });
});
