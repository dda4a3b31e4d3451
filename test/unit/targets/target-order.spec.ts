import { DrillTrace } from '../../../src/resilience/drills/drill-trace.ts';
import { createTargets, fails, hangs, refused, answers, status } from '../../support/guards/generation.ts';
import { createRandom } from '../../support/random.ts';

const REST_MS = 12_000;

describe('the order of the targets', () => {
  it('restores a silent target after answers in time, and calls it with one question at a time', async () => {
    const targets = createTargets([hangs, answers(300)]);
    await targets.answer();
    await targets.clock.advance(9_999 - 300);
    expect((await targets.answer()).tookMs).toBe(300);

    await targets.clock.advance(REST_MS);
    const asked = [targets.generate(), targets.generate(), targets.generate()];
    await targets.clock.advance(300);
    expect(targets.calls[0]).toBe(2);
    await targets.clock.advance(1_200);
    expect((await Promise.all(asked)).every((result) => result.ok)).toBe(true);

    await targets.clock.advance(REST_MS);
    expect((await targets.answer()).tookMs).toBe(300);
    await targets.clock.advance(REST_MS);
    targets.behaviours[0] = answers(200);
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
  });

  it('ignores a call that began before the demotion', async () => {
    const targets = createTargets([hangs, answers()]);
    const early = targets.generate();
    await targets.clock.advance(300);
    targets.behaviours[0] = answers(1_100);
    const inTime = targets.generate();
    await targets.clock.advance(1_100);
    expect(await early).toMatchObject({ ok: true, target: 'target_2' });
    expect(await inTime).toMatchObject({ ok: true, target: 'target_1' });
    expect((await targets.answer()).result.attempts).toMatchObject([{ target: 'target_2' }]);
  });

  it('ignores a call that began before the target was reset, as at the end of a drill', async () => {
    const targets = createTargets([hangs, answers(300)]);
    const asked = targets.generate();
    await targets.clock.advance(1);
    targets.pool.resetRank('target_1');
    await targets.clock.advance(1_500);
    expect(await asked).toMatchObject({ ok: true, target: 'target_2' });
    expect(targets.pool.demotion('target_1')).toBeUndefined();
  });

  it('tells of a drill also while it goes around the target that the drill has demoted', async () => {
    const targets = createTargets([answers(), answers()]);
    const injection = targets.guards[0]!.injection;
    injection.allow({ limitMs: 30_000, limit: 'first_token', errors: {} });
    const drill = { id: 'a drill', fault: 'hang', share: 1, ttlMs: 60_000, reason: null, actor: 'alice' };
    injection.begin({ ...drill, fault: 'hang' }, drill.ttlMs);
    const ask = async () => {
      const trace = new DrillTrace();
      const { result } = await trace.run(() => targets.answer());
      return { attempts: result.attempts.map(({ target }) => target), drills: trace.guards };
    };
    expect(await ask()).toEqual({ attempts: ['target_1', 'target_2'], drills: ['target_1'] });
    expect(await ask()).toEqual({ attempts: ['target_2'], drills: ['target_1'] });
    injection.end('ended');
  });

  it('demotes a target that is clearly slower, but not one that is a little slower', async () => {
    const little = createTargets([answers(1_500), answers(900)]);
    await feedBackup(little, 900);
    for (let question = 0; question < 20; question++) await little.answer(1_500);
    expect((await little.answer(100)).result).toMatchObject({ target: 'target_1' });

    const clearly = createTargets([answers(1_500), answers(700)]);
    await feedBackup(clearly, 700);
    for (let question = 0; question < 20; question++) await clearly.answer(100);
    expect((await clearly.answer(100)).result).toMatchObject({ target: 'target_2' });
  });

  it('demotes a target that fails every other time although its circuit stays closed', async () => {
    let calls = 0;
    const flaky = () => (calls++ % 2 === 0 ? fails(status(500)) : answers());
    const targets = createTargets([(options, clock) => flaky()(options, clock), answers()], {}, 5);
    for (let question = 0; question < 9; question++) await targets.answer();
    expect(targets.guards[0]?.snapshot().state).toBe('closed');
    expect(calls).toBe(9);
    await targets.answer();
    expect(calls).toBe(9);

    targets.behaviours[0] = answers();
    await targets.clock.advance(REST_MS);
    for (let question = 0; question < 3; question++)
      expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
  });

  it('does not restore a failing target after one success', async () => {
    const targets = createTargets([fails(status(500)), answers()], {}, 100);
    for (let question = 0; question < 5; question++) await targets.answer();
    await targets.clock.advance(REST_MS);
    targets.behaviours[0] = answers();
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
    targets.behaviours[0] = fails(status(500));
    expect((await targets.answer()).result.attempts.length).toBe(2);
    expect((await targets.answer()).result.attempts).toMatchObject([{ target: 'target_2' }]);
    await targets.clock.advance(REST_MS);
    expect((await targets.answer()).result.attempts).toMatchObject([{ target: 'target_2' }]);
    await targets.clock.advance(REST_MS);
    expect((await targets.answer()).result.attempts.length).toBe(2);
  });

  it('does not alternate between two targets that vary', async () => {
    const random = createRandom(3);
    const varying = () => answers(400 + random(1_000));
    const targets = createTargets([
      (options, clock) => varying()(options, clock),
      (options, clock) => varying()(options, clock),
    ]);
    let changes = 0;
    let before = 'target_1';
    for (let question = 0; question < 600; question++) {
      const { result } = await targets.answer(50);
      if (!result.ok) throw new Error('no answer');
      const first = result.attempts[0]?.target ?? '';
      if (first !== before) changes++;
      before = first;
      await targets.clock.advance(100);
    }
    expect(changes).toBeLessThan(60);
    expect(targets.underWay).toBe(0);
  });

  it('is the configured order when every target is demoted', async () => {
    const targets = createTargets([hangs, hangs], { maxAttempts: 2 });
    const asked = targets.generate();
    await targets.clock.advance(1_200);
    targets.behaviours[0] = answers();
    targets.behaviours[1] = fails(refused);
    expect(targets.calls).toEqual([1, 1]);
    void asked;
    await targets.clock.advance(30_000);
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
  });
});

/** Lets the second target be known by answers of its own. */
async function feedBackup(targets: ReturnType<typeof createTargets>, ms: number) {
  targets.guards[0]?.force('forced_open', 60_000);
  for (let question = 0; question < 5; question++) expect((await targets.answer(ms)).tookMs).toBe(ms);
  targets.guards[0]?.release();
}
