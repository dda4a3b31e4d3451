import { createTargets, fails, speaks, status } from '../../support/guards/generation.ts';

const LATCH_MS = 300_000;

describe('credentials that are refused', () => {
  it.each([401, 402, 403])('with %d latch out every target that shares them', async (code) => {
    const targets = createTargets([fails(status(code)), speaks(), speaks()], {}, 1, ['k', 'k', 'other']);
    const { result } = await targets.answer();
    expect(result.attempts.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['target_1', 'ignored'],
      ['target_2', 'rejected'],
      ['target_3', 'success'],
    ]);
    expect(targets.guards.map(({ rejection }) => rejection)).toEqual(['latched', 'latched', null]);
    await targets.clock.advance(LATCH_MS);
    expect(targets.guards.map(({ rejection }) => rejection)).toEqual([null, null, null]);
  });

  it('are those of one target alone when nobody shares them, or when only its address is unknown', async () => {
    const unshared = createTargets([fails(status(401)), speaks()]);
    await unshared.answer();
    expect(unshared.guards.map(({ rejection }) => rejection)).toEqual(['latched', null]);
    const unknown = createTargets([fails(status(404)), speaks()], {}, 1, ['k', 'k']);
    expect((await unknown.answer()).result).toMatchObject({ target: 'target_2' });
    expect(unknown.guards.map(({ rejection }) => rejection)).toEqual(['latched', null]);
  });
});

describe('a target that cannot take the question', () => {
  it('is skipped, and the next is asked', async () => {
    const targets = createTargets([speaks(), speaks()]);
    const [small] = targets.guards;
    const request = { question: 'Why?', passages: [], messages: [] };
    const result = await targets.pool.generate(({ guard }) => (guard === small ? undefined : request), {
      signal: new AbortController().signal,
      leftMs: () => 1_000,
    });
    expect(result).toMatchObject({ ok: true, target: 'target_2', attempts: [{ target: 'target_2' }] });
    expect(targets.asked).toEqual([0, 1]);
  });
});
