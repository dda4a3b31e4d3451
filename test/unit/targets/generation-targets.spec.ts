import { startDeadline } from '../../../src/resilience/time/deadline.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import { NoAnswerError } from '../../../src/huggingface/errors.ts';
import {
  createTargets,
  fails,
  hangs,
  refused,
  request,
  answers,
  status,
  type Behaviour,
} from '../../support/guards/generation.ts';

const setUp = (...behaviours: Behaviour[]) => createTargets(behaviours);

describe('one call', () => {
  const call = ({ clock, pool }: ReturnType<typeof createTargets>, ms = 1_500) =>
    pool.callOnce(request, 64, startDeadline(clock, ms));

  it('goes to the first target that is called now', async () => {
    const targets = setUp(answers(), answers());
    targets.guards[0]?.force('forced_open', 60_000);
    expect(await call(targets)).toEqual({ text: 'Because.', model: 'm', finishReason: 'stop' });
    expect(targets.calls).toEqual([0, 1]);
  });

  it('is made once, and counts for the guard, when it fails', async () => {
    const targets = setUp(fails(refused), answers());
    expect(await call(targets)).toBeUndefined();
    expect(targets.calls).toEqual([1, 0]);
    expect(targets.guards[0]?.state).toBe('open');
  });

  it('ends at its deadline, which says nothing about the target', async () => {
    const targets = setUp(hangs, answers());
    const result = call(targets);
    await targets.clock.advance(1_500);
    expect(await result).toBeUndefined();
    expect([targets.calls, targets.underWay, targets.guards[0]?.state]).toEqual([[1, 0], 0, 'closed']);
  });

  it('is not made to a target that usually takes longer', async () => {
    const targets = setUp(answers(2_000));
    for (let question = 0; question < 5; question++) await targets.answer();
    expect(await call(targets)).toBeUndefined();
    expect(targets.calls).toEqual([5]);
  });

  it('waits in the queue as any question', async () => {
    const targets = createTargets([answers(60_000)], { maxConcurrent: 1 });
    void targets.generate();
    expect(await call(targets)).toBeUndefined();
    expect(targets.calls).toEqual([1]);
  });

  it('throws when the caller has gone', async () => {
    const targets = setUp(hangs);
    const caller = new AbortController();
    const result = targets.pool.callOnce(request, 64, startDeadline(targets.clock, 1_500, caller.signal));
    caller.abort(new Error('gone'));
    await expect(result).rejects.toThrow('gone');
    expect(targets.underWay).toBe(0);
  });
});

describe('generation targets', () => {
  it('use the first target that answers', async () => {
    const { generate } = setUp(answers(), hangs);
    expect(await generate()).toEqual({
      ok: true,
      text: 'Because.',
      model: 'm',
      finishReason: 'stop',
      target: 'target_1',
      isBackup: false,
      isLocal: false,
      request,
      attempts: [{ target: 'target_1', outcome: 'success', duration_ms: 0 }],
    });
  });

  it.each([
    ['a refused connection', refused, 'failure', 'generation_failed'],
    ['a timer that fired', new AttemptTimeoutError('first_token'), 'timeout', 'generation_timeout'],
    ['429', status(429), 'throttled', 'rate_limited'],
    ['500', status(500), 'failure', 'generation_failed'],
    ['503 loading', status(503, { loadingMs: 20_000 }), 'failure', 'generation_failed'],
    ['401', status(401), 'ignored', 'generation_failed'],
    ['400', status(400), 'ignored', 'generation_failed'],
    ['404 with a page', status(404, { page: true }), 'failure', 'generation_failed'],
  ])('call the next target after %s', async (_, error, outcome, reason) => {
    const backup = setUp(fails(error), answers());
    expect(await backup.generate()).toMatchObject({
      ok: true,
      isBackup: true,
      isLocal: false,
      attempts: [
        { target: 'target_1', outcome },
        { target: 'target_2', outcome: 'success' },
      ],
    });
    expect(await setUp(fails(error)).generate()).toMatchObject({
      ok: false,
      reason,
      attempts: [{ outcome }],
    });
  });

  it.each([400, 413, 422])('call one other target after %d, and no third', async (code) => {
    const { generate, guards, calls } = setUp(fails(status(code)), fails(status(422)), answers());
    expect(await generate()).toMatchObject({
      ok: false,
      reason: 'generation_failed',
      attempts: [{ outcome: 'ignored' }, { outcome: 'ignored' }],
    });
    expect(calls).toEqual([1, 1, 0]);
    expect(guards[0]?.snapshot().state).toBe('closed');
  });

  it('end with the reason when a policy forbids the answer, without asking another', async () => {
    const { generate, guards } = setUp(fails(new NoAnswerError('content_filter')), answers());
    expect(await generate()).toMatchObject({
      ok: false,
      reason: 'content_refused',
      attempts: [{ outcome: 'ignored' }],
    });
    expect(guards[0]?.snapshot()).toMatchObject({ state: 'closed', is_healthy: true });
  });

  it.each([
    ['refusal', 'content_refused'],
    ['length', 'generation_failed'],
  ] as const)('call one other target after no answer, and no third: %s', async (why, reason) => {
    const error = new NoAnswerError(why);
    expect(await setUp(fails(error), answers()).generate()).toMatchObject({ ok: true, isBackup: true });
    expect(await setUp(fails(error)).generate()).toMatchObject({ ok: false, reason });
    const { generate, calls } = setUp(fails(error), fails(error), answers());
    expect(await generate()).toMatchObject({ ok: false, reason });
    expect(calls).toEqual([1, 1, 0]);
  });

  it('skip a target with an open circuit', async () => {
    let calls = 0;
    const { generate, pool } = setUp(() => {
      calls++;
      return Promise.reject(refused);
    });
    expect(pool.rejection).toBeNull();
    await generate();
    expect(await generate()).toMatchObject({
      ok: false,
      reason: 'circuit_breaker_open',
      attempts: [{ outcome: 'rejected' }],
    });
    expect(calls).toBe(1);
    expect(pool.rejection).toEqual({
      ok: false,
      reason: 'circuit_breaker_open',
      attempts: [{ target: expect.any(String), outcome: 'rejected', duration_ms: 0 }],
    });
    expect(pool.retryAfterMs).toBe(30_000);
  });

  it('report the failure of the target that was called', async () => {
    const { generate } = setUp(fails(refused), fails(status(429)));
    await generate();
    expect(await generate()).toMatchObject({
      reason: 'circuit_breaker_open',
      attempts: [{ outcome: 'rejected' }, { outcome: 'throttled' }],
    });
  });

  it('are available when one of them is', async () => {
    const { generate, pool } = setUp(fails(refused), answers());
    await generate();
    expect(pool.rejection).toBeNull();
    expect(pool.retryAfterMs).toBe(0);
  });

  it('fail at the deadline without a failure of any target', async () => {
    const { clock, generate, guards } = setUp(hangs);
    const deadline = startDeadline(clock, 1_000);
    const generating = generate({ signal: deadline.signal });
    await clock.advance(1_000);
    expect(await generating).toMatchObject({
      ok: false,
      reason: 'generation_timeout',
      attempts: [{ target: 'target_1', outcome: 'timeout', duration_ms: 1_000 }],
    });
    expect(guards[0]?.snapshot()).toMatchObject({ state: 'closed', fail_count: 0 });
  });

  it('reject when the caller has left', async () => {
    const { generate } = setUp(hangs, answers());
    const caller = new AbortController();
    const generating = generate({ signal: caller.signal });
    caller.abort(new Error('gone'));
    await expect(generating).rejects.toThrow('gone');
  });
});
