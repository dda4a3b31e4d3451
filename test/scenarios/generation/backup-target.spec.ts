import { warmUp } from '../../../src/cli/warm-up.ts';
import { clientOf } from '../../support/cli/service-client.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl, startWithBackup, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';

const FIRST = 'huggingface_api';
const SECOND = 'backup';
const NOTICE = 'The primary model is unavailable; a backup model answered.';

describe('a backup behind the first model', () => {
  const backup = new FakeHuggingFace({ answer: () => 'The backup says so [1].' });
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithBackup(backup, { RETRY_MAX_ATTEMPTS: '2' });
  });

  afterAll(async () => {
    await backup.allClosed();
    await scenario.close();
    await backup.stop();
  });

  const backedUp = (outcome: 'failure' | 'rejected' | 'throttled' | 'ignored') =>
    metadata({ target: SECOND, notice: NOTICE, attempts: [attempt(outcome), attempt('success', SECOND)] });

  it('is not called while the first model answers', async () => {
    expect((await scenario.ask()).body.metadata).toEqual(metadata());
    expect(backup.count('chat')).toBe(0);
  });

  it("answers when the first model refuses the key, the model's name or more calls", async () => {
    const { service, fake, clock, ask } = scenario;
    const unsupported = {
      error: { message: 'The requested model is not supported', code: 'model_not_supported' },
    };
    const refusals = [
      { outcome: 'ignored', holdMs: 300_000, fault: { kind: 'status', status: 401 } },
      { outcome: 'throttled', holdMs: 1_000, fault: { kind: 'status', status: 429 } },
      { outcome: 'ignored', holdMs: 0, fault: { kind: 'status', status: 400, body: unsupported } },
    ] as const;
    for (const { outcome, holdMs, fault } of refusals) {
      fake.fail('chat', fault, { times: 1 });
      expect((await ask()).body.metadata).toEqual(backedUp(outcome));
      await clock.advance(holdMs);
    }
    expect(await service.guard(FIRST)).toEqual(guard(FIRST));
  });

  it('is named with its answer from the cache', async () => {
    const { service, fake, clock } = scenario;
    fake.fail('chat', { kind: 'status', status: 429 }, { times: 1 });
    const question = circuitQuestion(5_000);
    expect((await service.query(question)).body.metadata).toEqual(backedUp('throttled'));
    expect((await service.query(question)).body.metadata).toMatchObject({
      from_cache: true,
      stale: false,
      target: SECOND,
      notice: NOTICE,
    });
    await clock.advance(1_000);
  });

  it('answers before the ladder when the first model is down', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    await fake.stop();
    for (let question = 0; question < 5; question++) {
      const { body, headers } = await ask();
      expect(body.answer).toBe('The backup says so [1].');
      expect(body.metadata).toEqual(backedUp('failure'));
      expect(headers.get('x-fallback-source')).toBe(null);
    }
    expect((await ask()).body.metadata).toEqual(backedUp('rejected'));
    const { circuit_breaker, circuit_breakers } = await service.circuits();
    expect(circuit_breaker).toMatchObject({ name: FIRST, state: 'open', retry_after: 30 });
    expect(circuit_breakers[SECOND]).toEqual(guard(SECOND));

    backup.fail('chat', { kind: 'bad_json' }, { times: 1 });
    const both = [attempt('rejected'), attempt('failure', SECOND)];
    expect((await ask()).body.metadata).toEqual(excerpts('generation_failed_no_cache', both));

    await fake.start();
    await clock.advance(30_000);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(FIRST)).toMatchObject({ state: 'closed', fail_count: 0 });
    await settled();
  });
});

describe('the local extractive target behind a model', () => {
  it('is not cached, so that the model answers when it is back', async () => {
    const first = await new FakeHuggingFace().start();
    const targets = `${modelUrl(first)},local://extractive`;
    const { service, fake, clock, close } = await startWithFake({ GENERATION_TARGETS: targets }, first);
    fake.fail('chat', { kind: 'status', status: 429 }, { times: 1 });
    const question = circuitQuestion(6_000);
    expect((await service.query(question)).body.metadata).toMatchObject({
      from_fallback: false,
      target: 'local_extractive',
      notice: NOTICE,
    });
    fake.fail('chat', { kind: 'status', status: 429 }, { times: 1 });
    await clock.advance(1_000);
    const failures: string[] = [];
    const warmed = await warmUp([question], clientOf(service), {
      concurrency: 1,
      advance: () => undefined,
      onFailure: (_, reason) => failures.push(reason),
    });
    expect(warmed).toEqual({ answered: 0, known: 0, unmatched: 0, failed: 1 });
    expect(failures).toEqual([expect.stringContaining('not remembered')]);
    await clock.advance(1_000);
    expect((await service.query(question)).body.metadata).toEqual(metadata());
    await close();
  });
});
