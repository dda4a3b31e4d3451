import { createTargets, fails, answers, status } from '../../support/guards/generation.ts';

const LATCH_MS = 300_000;

describe('refused credentials', () => {
  it.each([401, 402, 403])('latch every target that shares them after %d', async (code) => {
    const targets = createTargets([fails(status(code)), answers(), answers()], {}, 1, ['k', 'k', 'other']);
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

  it('latch one target alone when no other shares them, or when only its URL is unknown', async () => {
    const unshared = createTargets([fails(status(401)), answers()]);
    await unshared.answer();
    expect(unshared.guards.map(({ rejection }) => rejection)).toEqual(['latched', null]);
    const unknown = createTargets([fails(status(404)), answers()], {}, 1, ['k', 'k']);
    expect((await unknown.answer()).result).toMatchObject({ target: 'target_2' });
    expect(unknown.guards.map(({ rejection }) => rejection)).toEqual(['latched', null]);
  });
});

describe('a target whose context is too small', () => {
  it('is skipped, and the next is called', async () => {
    const targets = createTargets([answers(), answers()]);
    const [small] = targets.guards;
    const request = { question: 'Why?', passages: [], messages: [] };
    const result = await targets.pool.generate(({ guard }) => (guard === small ? undefined : request), {
      signal: new AbortController().signal,
      leftMs: () => 1_000,
    });
    expect(result).toMatchObject({ ok: true, target: 'target_2', attempts: [{ target: 'target_2' }] });
    expect(targets.calls).toEqual([0, 1]);
  });
});
