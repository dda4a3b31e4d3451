import { classifyError } from '../../../src/huggingface/classify.ts';
import { UpstreamError } from '../../../src/huggingface/errors.ts';
import { DeadlineExceededError } from '../../../src/resilience/guard/errors.ts';
import { RerankTargets } from '../../../src/targets/rerank-targets.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { silentLogger } from '../../support/postgres/database.ts';

const failure = (status: number) => new UpstreamError(status, { page: false, contentRefused: false });

/** Three rerankers, of which the first two have the same key; each fails with its error. */
function setUp(errors: (Error | undefined)[]) {
  const clock = new FakeClock();
  const guards = new GuardRegistry(loadConfig({}), clock, silentLogger, () => 0);
  const called: number[] = [];
  const targets = errors.map((failed, at) => ({
    guard: guards.guard(`target_${at}`),
    isLocal: false,
    apiKey: at < 2 ? 'shared' : 'other',
    reranker: {
      score: async (_: string, texts: string[]) => {
        called.push(at);
        if (failed) throw failed;
        return texts.map(() => at);
      },
    },
  }));
  const rerank = new RerankTargets(targets, classifyError, 400, clock);
  const score = (signal = new AbortController().signal, question = 'question') =>
    rerank.score(question, ['text'], signal);
  return { called, guards, score };
}

describe('the rerankers', () => {
  it('are called one after the other until one answers, at most two for a question', async () => {
    const all = setUp([failure(500), failure(500), undefined]);
    expect(await all.score()).toBeUndefined();
    expect(all.called).toEqual([0, 1]);
    const second = setUp([failure(500), undefined, undefined]);
    expect(await second.score()).toEqual([1]);
    expect(second.called).toEqual([0, 1]);
  });

  it('have failed when they refuse one question after the other, and not when they refuse one again and again', async () => {
    const { guards, score } = setUp([failure(422)]);
    const { signal } = new AbortController();
    for (let time = 0; time < 10; time++) await score(signal);
    expect(guards.guard('target_0').snapshot()).toMatchObject({ state: 'closed', fail_count: 0 });
    for (let time = 0; time < 8; time++) await score(signal, `question ${time}`);
    expect(guards.guard('target_0').state).toBe('open');
  });

  it('are left out together when the key that they share is refused', async () => {
    const { called, guards, score } = setUp([failure(401), undefined, undefined]);
    await score();
    expect(guards.guard('target_1').rejection).toBe('latched');
    expect(await score()).toEqual([2]);
    expect(called).toEqual([0, 2]);
  });

  it('are not called once the deadline of the question is spent, which is no error', async () => {
    const { called, score } = setUp([undefined]);
    expect(await score(AbortSignal.abort(new DeadlineExceededError()))).toBeUndefined();
    expect(called).toEqual([]);
  });

  it('are not called for a caller who has gone', async () => {
    const { called, score } = setUp([undefined]);
    const gone = new Error('gone');
    await expect(score(AbortSignal.abort(gone))).rejects.toBe(gone);
    expect(called).toEqual([]);
  });
});
