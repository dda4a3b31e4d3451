import { APIError, BadRequestError, InternalServerError } from 'openai';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { openAiClient, streamModel, type ChatRequest } from '../../support/protocols/openai-client.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion, strangeQuestion } from '../../support/scenarios/documents.ts';
import { modelUrl, startWithFake } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';
const REFUSE = { degraded: 'refuse' };
const DOWN = 'The assistant is temporarily unavailable';
const MODELS = ['failsoft', 'failsoft/whole'];
const PATIENCE_MS = 4_000;
const FIRST_TOKEN_MS = 10_000;
const status = (code: number, headers = {}): Fault => ({ kind: 'status', status: code, headers });

describeScenario('a stream of the API of OpenAI while the only model fails', {}, (scenario) => {
  let asked = 0;
  const next = () => circuitQuestion(asked++);
  const stream = (question: string, more: ChatRequest = {}) =>
    streamModel(openAiClient(scenario.service), question, more);
  const requests = () => scenario.service.logs.filter(({ event }) => event === 'request').length;

  beforeEach(async () => {
    const { service, fake } = scenario;
    await fake.start();
    fake.clearFaults();
    service.app.get(GuardRegistry).guard(NAME).reset();
  });

  describe.each(MODELS)('with the model %s', (model) => {
    it.each<[string, Fault | 'refused', string]>([
      ['refuses connections', 'refused', 'generation_failed'],
      ['answers 500', status(500), 'generation_failed'],
      ['answers 429', status(429, { 'retry-after': '7' }), 'rate_limited'],
      ['breaks off before its first token', { kind: 'cut', parts: 0 }, 'generation_failed'],
    ])('is whole, and says in its first line what it is, when it %s', async (_, fault, reason) => {
      const { fake } = scenario;
      if (fault === 'refused') await fake.stop();
      else fake.fail('chat', fault);
      const { chunks, text, error } = await stream(next(), { model });
      expect(error).toBeUndefined();
      expect(text).toMatch(new RegExp(`^${DOWN}.*\n`));
      expect(text.match(new RegExp(DOWN, 'g'))).toHaveLength(1);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
      expect(chunks.at(-1)?.failsoft).toMatchObject({
        fallback_source: 'excerpts',
        fallback_reason: `${reason}_no_cache`,
      });
    });

    it('is whole after its patience when it hangs', async () => {
      const { fake, clock, settled } = scenario;
      fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
      const calls = fake.count('chat');
      const reading = stream(next(), { model });
      await fake.received('chat', calls + 1);
      await until('its patience runs', () => clock.isDueIn(PATIENCE_MS));
      await clock.advance(PATIENCE_MS);
      const { chunks, text } = await reading;
      expect(text).toMatch(new RegExp(`^${DOWN}.*\n`));
      expect(chunks.at(-1)?.failsoft.fallback_reason).toBe('generation_timeout_no_cache');
      await clock.advance(FIRST_TOKEN_MS);
      await settled();
    });

    it('is a 503 after its patience for a caller who refuses less, and the call goes on without the caller', async () => {
      const { fake, clock, service, settled } = scenario;
      fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
      const calls = fake.count('chat');
      const reading = stream(next(), { model, failsoft: REFUSE });
      await fake.received('chat', calls + 1);
      await until('its patience runs', () => clock.isDueIn(PATIENCE_MS));
      await clock.advance(PATIENCE_MS);
      expect((await reading).error).toMatchObject({ status: 503 });
      expect(fake.openSockets).toBe(1);
      await clock.advance(FIRST_TOKEN_MS);
      await settled();
      expect(await service.guard(NAME)).toMatchObject({ fail_count: 1 });
    });

    it('begins an old answer with what it is', async () => {
      const { service, fake } = scenario;
      const question = next();
      const fresh = await stream(question, { model });
      await service.ingest([{ id: `later-${asked}`, text: 'Ostriches cannot fly.' }]);
      fake.fail('chat', status(500));
      const { chunks, text } = await stream(question, { model });
      const last = chunks.at(-1);
      expect(last?.failsoft).toMatchObject({ fallback_source: 'l1_cache', stale: true });
      expect(text).toBe(`${last?.failsoft.notice}\n\n${fresh.text}`);
      const start_index = text.indexOf('[1]');
      expect(last?.choices[0]?.delta).toMatchObject({
        annotations: [{ url_citation: { start_index, end_index: start_index + 3 } }],
      });
    });

    it.each<[string, Fault, number, string]>([
      ['fails', status(500), 503, 'service_unavailable'],
      [
        'is stopped by a content filter',
        { kind: 'dialect', dialect: 'content_filter' },
        400,
        'content_filter',
      ],
    ])('is an error instead for a caller who refuses less when it %s', async (_, fault, code, name) => {
      scenario.fake.fail('chat', fault);
      const before = requests();
      const { error, chunks } = await stream(next(), { model, failsoft: REFUSE });
      expect(chunks).toEqual([]);
      expect(error).toBeInstanceOf(code === 503 ? InternalServerError : BadRequestError);
      expect(error).toMatchObject({ status: code, code: name });
      expect(error?.headers?.get('x-should-retry')).toBe(code === 503 ? 'false' : null);
      expect(requests()).toBe(before + 1);
    });

    it('is the answer for a caller who refuses less while the model works', async () => {
      const { text, chunks } = await stream(next(), { model, failsoft: REFUSE });
      expect(text).toMatch(/^According/);
      expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    });

    it('is a 503, which the client does not retry, when nothing is available', async () => {
      const { fake } = scenario;
      fake.fail('chat', status(500));
      for (let failures = 0; failures < 5; failures++) await stream(next(), { model });
      const before = requests();
      const { error } = await stream(strangeQuestion, { model });
      expect(error).toMatchObject({ status: 503, code: 'service_unavailable' });
      expect(error?.headers?.get('retry-after')).toBe('30');
      expect(requests()).toBe(before + 1);
    });

    it('tells of a content filter', async () => {
      scenario.fake.fail('chat', { kind: 'dialect', dialect: 'content_filter' });
      const { text, chunks } = await stream(next(), { model });
      expect(text).toMatch(/^The assistant declined to answer this question/);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('content_filter');
    });
  });

  it.each<[string, Fault]>([
    ['is cut', { kind: 'cut', parts: 3 }],
    ['is reset', { kind: 'reset_midway', parts: 3 }],
    ['ends without a finish reason', { kind: 'unfinished', parts: 3 }],
    ['has an error in it', { kind: 'error_event', parts: 3 }],
  ])('ends with an error when it %s midway, and never with [DONE]', async (_, fault) => {
    scenario.fake.fail('chat', fault);
    const { error, text } = await stream(next());
    expect(text).toBe('According to the');
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'answer_interrupted', type: 'server_error', param: null });

    const response = await fetch(`${scenario.service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'failsoft',
        stream: true,
        messages: [{ role: 'user', content: next() }],
      }),
    });
    const last = (await response.text()).trimEnd().split('\n\n').at(-1)?.replace('data: ', '') ?? '';
    expect(JSON.parse(last)).toEqual({
      error: {
        message: 'The answer broke off. Please ask again.',
        type: 'server_error',
        param: null,
        code: 'answer_interrupted',
      },
    });
  });

  it.each<[string, Fault]>([
    ['is cut', { kind: 'cut', parts: 3 }],
    ['ends without a finish reason', { kind: 'unfinished', parts: 3 }],
  ])('is whole with the model failsoft/whole when it %s midway', async (_, fault) => {
    scenario.fake.fail('chat', fault);
    const { error, text } = await stream(next(), { model: 'failsoft/whole' });
    expect(error).toBeUndefined();
    expect(text).toMatch(new RegExp(`^${DOWN}.*\n`));
    expect(text).not.toContain('According to the');
  });
});

const backup = new FakeHuggingFace();
const targets = async () => {
  const first = await new FakeHuggingFace().start();
  await first.stop();
  const GENERATION_TARGETS = `${modelUrl(first)},${modelUrl(await backup.start(), '&name=backup')}`;
  return { GENERATION_TARGETS, RETRY_MAX_ATTEMPTS: '2' };
};

describeScenario(
  'a stream of the API of OpenAI while the first of two models refuses connections',
  targets,
  (scenario) => {
    afterAll(() => backup.stop());

    it.each(MODELS)('is the answer of the backup, and not degraded, with the model %s', async (model) => {
      const question = circuitQuestion(MODELS.indexOf(model));
      const { text, chunks } = await streamModel(openAiClient(scenario.service), question, {
        model,
        failsoft: REFUSE,
      });
      expect(text).toMatch(/^According to the documents: .* \[1\]\.$/);
      expect(chunks.at(-1)?.failsoft).toMatchObject({ target: 'backup', from_fallback: false });
    });
  },
);

describe('a stream of the API of OpenAI at a shutdown', () => {
  it('goes on for ten seconds, and then ends with an error', async () => {
    const model = await new ScriptedModel().start();
    const scenario = await startWithFake({
      GENERATION_TARGETS: model.url,
      GENERATION_IDLE_TIMEOUT_MS: '15000',
      GENERATION_PATIENCE_MS: '3600000',
    });
    const { clock, service } = scenario;
    const reading = streamModel(openAiClient(service), circuitQuestion(1));
    const call = await model.call(0);
    call.say('After');
    await until('a first token has come', () => clock.isDueIn(15_000));
    // Only the limit of the shutdown is then due in ten seconds.
    await clock.advance(1_000);
    const closing = service.close();
    await until('the limit runs', () => clock.isDueIn(10_000));
    await clock.advance(10_000);
    expect((await reading).error).toMatchObject({ code: 'overloaded', type: 'server_error' });
    await closing;
    await Promise.all([model.stop(), scenario.fake.stop()]);
    expect(clock.pendingTimers).toBe(0);
  });
});
