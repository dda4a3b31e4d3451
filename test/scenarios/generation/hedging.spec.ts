import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { startWithBackup, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const FIRST = 'huggingface_api';
const SECOND = 'backup';
const HEDGE_MS = 1_200;
/** Another than that of the first token, to tell them apart. */
const IDLE_MS = 8_300;
const NOTICE = 'The primary model is unavailable; a backup model answered.';

describe('a hedged call to a silent model', () => {
  const backup = new FakeHuggingFace({ answer: () => 'The backup says so [1].' });
  let scenario: Scenario;

  beforeEach(async () => {
    const limits = { RETRY_MAX_ATTEMPTS: '3', GENERATION_IDLE_TIMEOUT_MS: String(IDLE_MS) };
    scenario = await startWithBackup(backup, limits);
  });

  afterEach(async () => {
    backup.clearFaults();
    await backup.allClosed();
    await scenario.close();
    await backup.stop();
  });

  it.each<[string, Fault]>([
    ['never answers', { kind: 'black_hole' }],
    ['sends headers and no more', { kind: 'headers_then_silence' }],
  ])("takes the hedge's delay once, and no longer after that, when the model %s", async (_, fault) => {
    const { service, fake, clock, ask, askAndWait, settled } = scenario;
    fake.fail('chat', fault);
    const { body } = await askAndWait(HEDGE_MS);
    const lost = attempt('aborted', FIRST, HEDGE_MS);
    const backedUp = { target: SECOND, notice: NOTICE };
    expect(body.metadata).toEqual(metadata({ ...backedUp, attempts: [lost, attempt('success', SECOND)] }));
    await settled();
    expect(await service.guard(FIRST)).toMatchObject({
      state: 'closed',
      totals: { failures: 0, ignored: 1 },
    });

    for (let question = 0; question < 10; question++)
      expect((await ask()).body.metadata).toEqual(
        metadata({ ...backedUp, attempts: [attempt('success', SECOND)] }),
      );
    expect(fake.count('chat')).toBe(1);

    fake.clearFaults();
    await clock.advance(12_000);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect((await ask()).body.metadata).toEqual(metadata());
    await settled();
  });

  it("keeps the first model when it answers before the backup, and closes the backup's call", async () => {
    const { fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'slow_drip', everyMs: 300 }, { times: 1 });
    backup.fail('chat', { kind: 'black_hole' });
    const asked = ask();
    await fake.received('chat', 1);
    await clock.advance(HEDGE_MS);
    const { body } = await asked;
    expect(body.metadata).toMatchObject({ target: FIRST, notice: null });
    expect(body.metadata.attempts.map(({ outcome }) => outcome)[0]).toBe('success');
    await settled();
    await backup.allClosed();
  });

  it('waits for the first model when the backup refuses the question', async () => {
    const { fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'slow_drip', everyMs: 300 }, { times: 1 });
    backup.fail('chat', { kind: 'status', status: 400 });
    const asked = ask();
    await fake.received('chat', 1);
    const refusals = backup.count('chat');
    await clock.advance(HEDGE_MS);
    await backup.received('chat', refusals + 1);
    const { body } = await asked;
    expect(body.metadata).toMatchObject({ from_fallback: false, target: FIRST, notice: null });
    expect(body.metadata.attempts.map(({ outcome }) => outcome)).toEqual(['success', 'ignored']);
    await settled();
  });

  it('waits for a model that stalls midway no longer than its idle limit, and the backup answers', async () => {
    const { fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'stall', parts: 3 }, { times: 1 });
    const asked = ask();
    await fake.received('chat', 1);
    await until('its first token has ended the wait for a hedge', () => clock.isDueIn(IDLE_MS));
    await clock.advance(IDLE_MS);
    const { body } = await asked;
    expect(body.metadata.target).toBe(SECOND);
    expect(body.metadata.attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'success']);
    await settled();
  });

  it('falls back when both models send nothing, and leaves no connection open', async () => {
    const { fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'black_hole' });
    backup.fail('chat', { kind: 'black_hole' });
    const calls = backup.count('chat');
    const asked = ask();
    await fake.received('chat', 1);
    await clock.advance(HEDGE_MS);
    await backup.received('chat', calls + 1);
    await clock.advance(30_000);
    const { body } = await asked;
    expect(body.metadata).toMatchObject({ fallback_source: 'excerpts' });
    expect(body.metadata.fallback_reason).toBe('generation_timeout_no_cache');
    expect(fake.count('chat')).toBeLessThanOrEqual(2);
    await settled();
    await backup.allClosed();
  });
});

describe('an outage of every model', () => {
  it('causes at most three calls per question, and none once the circuits are open', async () => {
    const second = new FakeHuggingFace();
    const scenario = await startWithBackup(second, { RETRY_MAX_ATTEMPTS: '3', RETRY_BASE_DELAY_MS: '100' });
    const { fake: first } = scenario;
    const calls = () => first.count('chat') + second.count('chat');
    first.fail('chat', { kind: 'status', status: 500 });
    second.fail('chat', { kind: 'reset' });
    for (let question = 0; question < 12; question++) {
      const before = calls();
      const asked = scenario.ask();
      let isAnswered = false;
      void asked.finally(() => (isAnswered = true));
      await until('it is answered', async () => {
        await scenario.clock.advance(10);
        return isAnswered;
      });
      expect((await asked).body.metadata).toMatchObject({ fallback_source: 'excerpts' });
      expect(calls() - before).toBeLessThanOrEqual(3);
    }
    expect(calls()).toBe(10);
    await scenario.close();
    await second.stop();
  });
});
