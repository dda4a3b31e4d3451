import {
  called,
  judge,
  neverSendsTheSameAgain,
  spares,
  waits,
  type Check,
  type Outcome,
  type Run,
} from '../../../bench/failover-scenarios/judge.ts';
import { scenarios } from '../../../bench/failover-scenarios/scenarios.ts';
import { ANSWER, type ProviderCall } from '../../../bench/failover-scenarios/provider.ts';

const answer: Outcome = { kind: 'answer', isWhole: true, sentAtMs: 0, ms: 900, hasUsage: true };
const error: Outcome = { kind: 'error', isWhole: false, sentAtMs: 0, ms: 900, hasUsage: false };
const call = (atMs: number, promptWords = 10): ProviderCall => ({
  model: 'm',
  atMs,
  promptWords,
  reply: { kind: 'answer' },
});
const run = (outcomes: Outcome[], primary: ProviderCall[] = []): Run => ({
  outcomes,
  primary,
  backup: [],
  isAlive: true,
});
const broken: Check = { what: 'never', holds: () => false };

describe('the verdict on a failover scenario', () => {
  it.each<[string, string, Outcome, Check[], 'answer' | 'error']>([
    ['pass', 'a whole answer', answer, [], 'answer'],
    [
      'partial',
      'a whole answer with an advisory rule broken',
      answer,
      [{ ...broken, isAdvisory: true }],
      'answer',
    ],
    ['fail', 'a whole answer with a required rule broken', answer, [broken], 'answer'],
    ['fail', 'a part of the answer as a success', { ...answer, isWhole: false }, [], 'answer'],
    ['fail', 'no end', { ...error, kind: 'hang' }, [], 'answer'],
    ['safe', 'a clean error', error, [], 'answer'],
    ['fail', 'an error with a required rule broken', error, [broken], 'answer'],
    ['pass', 'an error that is wanted', error, [], 'error'],
    ['partial', 'an answer where an error is wanted', answer, [], 'error'],
  ])('is %s for %s', (verdict, _, outcome, checks, wanted) => {
    expect(judge(run([outcome]), checks, wanted)[0]).toBe(verdict);
  });

  it.each<[string, Check, ProviderCall[], boolean]>([
    ['calls that are too many', called(1, 1), [call(0), call(1)], false],
    ['calls that are too close', spares(2, 1), [call(0), call(10), call(20)], false],
    ['calls that are far enough from each other', spares(2, 1), [call(0), call(10), call(1_000)], true],
    ['a second call that comes too soon', waits(1.8), [call(0), call(1_700)], false],
    ['no second call', waits(1.8), [call(0)], false],
    ['a second call in time', waits(1.8), [call(0), call(1_800)], true],
    ['the same call again', neverSendsTheSameAgain, [call(0), call(1)], false],
    ['a smaller call', neverSendsTheSameAgain, [call(0, 20), call(1, 10)], true],
  ])('looks at %s', (_, check, calls, holds) => {
    expect(check.holds(run([answer], calls))).toBe(holds);
  });

  it('has sixteen scenarios, and an answer of sixty words', () => {
    expect(scenarios).toHaveLength(16);
    expect(ANSWER.split(' ')).toHaveLength(60);
  });
});
