import { BadRequestError, InternalServerError } from 'openai';
import { askModel, errorOf, openAiClient, type ChatRequest } from '../../support/protocols/openai-client.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion, strangeQuestion } from '../../support/scenarios/documents.ts';
import { attempt, excerpts } from '../../support/scenarios/expected.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';
const REFUSE = { failsoft: { degraded: 'refuse' } };
const DOWN = 'The assistant is temporarily unavailable';
/** How long a question waits for a model whose usual times are not known. */
const PATIENCE_MS = 4_000;
const FIRST_TOKEN_MS = 10_000;
const status = (code: number, headers = {}, body?: object): Fault => ({
  kind: 'status',
  status: code,
  headers,
  ...(body && { body }),
});

describeScenario('the API of OpenAI while its model fails', {}, (scenario) => {
  let asked = 0;
  const next = () => circuitQuestion(asked++);
  const ask = (question: string, more: ChatRequest = {}) =>
    askModel(openAiClient(scenario.service), question, more);
  const requests = () => scenario.service.logs.filter(({ event }) => event === 'request').length;

  beforeEach(async () => {
    const { service, fake } = scenario;
    await fake.start();
    fake.clearFaults();
    service.app.get(GuardRegistry).guard(NAME).reset();
  });

  it.each<[string, Fault | 'refused', string, string]>([
    ['refuses connections', 'refused', 'generation_failed', 'failure'],
    ['resets connections', { kind: 'reset' }, 'generation_failed', 'failure'],
    ['answers 500', status(500), 'generation_failed', 'failure'],
    ['answers 429', status(429, { 'retry-after': '7' }), 'rate_limited', 'throttled'],
    ['breaks off midway', { kind: 'cut' }, 'generation_failed', 'failure'],
    ['ends without a finish reason', { kind: 'unfinished' }, 'generation_failed', 'failure'],
  ])('answers with excerpts that say so when it %s', async (_, fault, reason, outcome) => {
    const { fake } = scenario;
    if (fault === 'refused') await fake.stop();
    else fake.fail('chat', fault);
    const { completion, headers } = await ask(next());
    const content = completion.choices[0]?.message.content ?? '';
    expect(content.split('\n')[0]).toMatch(new RegExp(`^${DOWN}`));
    expect(completion.choices[0]?.finish_reason).toBe('stop');
    expect(completion.model).toBe('failsoft');
    const { annotations = [] } = completion.choices[0]?.message ?? {};
    const cited = new Set(annotations.map(({ url_citation }) => url_citation.url));
    expect([...cited]).toEqual([...new Set(completion.citations)]);
    expect(completion.failsoft).toEqual({
      ...excerpts(`${reason}_no_cache`, [{ ...attempt('failure'), outcome }]),
      condensed: { by: 'none', question: expect.any(String) },
      sources: expect.any(Array),
    });
    expect(headers.get('x-fallback-source')).toBe('excerpts');
    expect(headers.get('x-fallback-reason')).toBe(`${reason}_no_cache`);
    expect(completion.usage?.completion_tokens).toBeGreaterThan(10);
  });

  it('answers with excerpts when it hangs', async () => {
    const { fake, clock, settled } = scenario;
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const calls = fake.count('chat');
    const answering = ask(next());
    await fake.received('chat', calls + 1);
    await until('its limit runs', () => clock.isDueIn(PATIENCE_MS));
    await clock.advance(PATIENCE_MS);
    expect((await answering).completion.failsoft.fallback_reason).toBe('generation_timeout_no_cache');
    await clock.advance(FIRST_TOKEN_MS);
    await settled();
  });

  it('begins an old answer with what it is, and cites at the right places', async () => {
    const { service, fake } = scenario;
    const question = next();
    const fresh = (await ask(question)).completion.choices[0]?.message;
    await service.ingest([{ id: `later-${asked}`, text: 'Ostriches cannot fly.' }]);
    fake.fail('chat', status(500));
    const { completion } = await ask(question);
    const stale = completion.choices[0]?.message;
    expect(completion.failsoft).toMatchObject({
      fallback_source: 'l1_cache',
      stale: true,
      model: 'fake-chat',
    });
    expect(stale?.content).toBe(`${completion.failsoft.notice}\n\n${fresh?.content}`);
    expect(completion.failsoft.notice).toMatch(new RegExp(`^${DOWN}`));
    const { start_index = 0, end_index = 0 } = stale?.annotations?.[0]?.url_citation ?? {};
    expect(stale?.content?.slice(start_index, end_index)).toBe('[1]');
  });

  it.each<[string, object, string]>([
    ['by default', {}, 'semantic_cache'],
    ['with parameters of its own', { temperature: 0 }, 'excerpts'],
  ])(
    'answers a question of the wording of one that was answered %s from the right rung',
    async (_, more, rung) => {
      const question = next();
      await ask(question, more);
      await scenario.settled();
      scenario.fake.fail('chat', status(500));
      const { completion } = await ask(question.replace('?', ''));
      expect(completion.failsoft.fallback_source).toBe(rung);
    },
  );

  it.each<[string, Fault, string]>([
    ['fails', status(500), '1'],
    ['is throttled', status(429, { 'retry-after': '7' }), '7'],
  ])(
    'is a 503 instead, which the client does not retry, for a caller who refuses less when it %s',
    async (_, fault, retryAfter) => {
      scenario.fake.fail('chat', fault);
      const before = requests();
      const error = await errorOf(ask(next(), REFUSE));
      expect(error).toBeInstanceOf(InternalServerError);
      expect(error.error).toEqual({
        message: expect.stringContaining(DOWN),
        type: 'server_error',
        param: null,
        code: 'service_unavailable',
      });
      expect(error.status).toBe(503);
      expect(error.headers?.get('x-should-retry')).toBe('false');
      expect(error.headers?.get('retry-after')).toBe(retryAfter);
      expect(requests()).toBe(before + 1);
    },
  );

  it('is still the answer of a backup model, and of the cache, for a caller who refuses less', async () => {
    const question = next();
    await ask(question);
    await scenario.fake.stop();
    const { completion } = await ask(question, REFUSE);
    expect(completion.failsoft).toMatchObject({ from_cache: true, from_fallback: false });
  });

  it.each<[string, Fault]>([
    ['at the end of an answer', { kind: 'dialect', dialect: 'content_filter' }],
    ['before it', status(400, {}, { error: { message: 'Flagged', code: 'content_policy_violation' } })],
  ])('tells of a content filter %s', async (_, fault) => {
    const { fake } = scenario;
    fake.fail('chat', fault);
    const { completion } = await ask(next());
    expect(completion.choices[0]?.finish_reason).toBe('content_filter');
    expect(completion.choices[0]?.message.content).toMatch(/^The assistant declined to answer this question/);

    const calls = fake.count('chat');
    const error = await errorOf(ask(next(), REFUSE));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'content_filter', type: 'invalid_request_error' });
    expect(fake.count('chat')).toBe(calls + 1);
  });

  it('answers while its circuit is open, and is a 503 with the time left when it has nothing', async () => {
    const { fake, service } = scenario;
    fake.fail('chat', status(500));
    for (let failures = 0; failures < 5; failures++) await ask(next());
    expect(await service.guard(NAME)).toMatchObject({ state: 'open' });
    const { completion } = await ask(next());
    expect(completion.failsoft.fallback_reason).toBe('circuit_breaker_open_no_cache');

    const before = requests();
    const error = await errorOf(ask(strangeQuestion));
    expect(error).toMatchObject({ status: 503, code: 'service_unavailable' });
    expect(error.headers?.get('retry-after')).toBe('30');
    expect(error.headers?.get('x-should-retry')).toBe('false');
    expect(requests()).toBe(before + 1);
  });
});
