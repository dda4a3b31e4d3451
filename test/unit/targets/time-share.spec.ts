import { answers, createTargets, type Behaviour } from '../../support/guards/generation.ts';
import { sleep } from '../../../src/resilience/time/clock.ts';

/** Sends a part of the answer every `everyMs`, `parts` times. */
const drips =
  (part: string, everyMs: number, parts = 1_000): Behaviour =>
  async ({ signal, onToken, onActivity }, clock) => {
    for (let sent = 0; sent < parts; sent++) {
      await sleep(clock, everyMs, signal);
      if (part === '') onActivity?.();
      else onToken?.(part);
    }
    return { text: part.repeat(parts), model: 'm', finishReason: 'stop' };
  };

describe('the share of the time that a target gets', () => {
  it.each([
    ['a word every few seconds', drips('word ', 3_000)],
    ['a word every second', drips('word ', 1_000)],
    ['thoughts alone', drips('', 500)],
  ])('ends for one that sends %s, and the next one answers', async (_, behaviour) => {
    const targets = createTargets([behaviour, answers()], { hedgeAfterMs: 5_000 }, 5);
    const { result, tookMs } = await targets.answer();
    expect(result).toMatchObject({
      ok: true,
      target: 'target_2',
      attempts: [
        { target: 'target_1', outcome: 'timeout' },
        { target: 'target_2', outcome: 'success' },
      ],
    });
    expect(tookMs).toBeLessThanOrEqual(15_000);
    expect(targets.guards[0]?.snapshot()).toMatchObject({ last_failure_kind: 'timeout' });
    expect(await targets.generate()).toMatchObject({ ok: true, attempts: [{ target: 'target_2' }] });
    expect(targets.pool.demotion('target_1')).toMatchObject({ cause: 'slow' });
  });

  it('is no limit for a stream that makes progress, however long it takes', async () => {
    const targets = createTargets(
      [drips('ten tokens of an answer, about fifty characters. ', 2_000, 13), answers()],
      {
        hedgeAfterMs: 5_000,
      },
    );
    const { result } = await targets.answer();
    expect(result).toMatchObject({ ok: true, target: 'target_1' });
  });

  it('is the whole time where no other target could answer', async () => {
    const targets = createTargets([drips('word ', 3_000, 9)]);
    expect((await targets.answer()).result).toMatchObject({ ok: true, target: 'target_1' });
    const held = createTargets([drips('word ', 3_000, 9), answers()]);
    held.guards[1]?.latch(300_000);
    expect((await held.answer()).result).toMatchObject({ ok: true, target: 'target_1' });
  });
});
