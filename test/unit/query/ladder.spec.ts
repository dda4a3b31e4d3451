import { pino } from 'pino';
import { loadConfig } from '../../../src/config/load-config.ts';
import { plainMetadata, type Answer } from '../../../src/query/answer/answer.ts';
import { AnswerDeadlines } from '../../../src/query/answer/answer-deadlines.ts';
import { LadderCanary } from '../../../src/query/ladder/ladder-canary.ts';
import { Ladder } from '../../../src/query/ladder/ladder.ts';
import type { FallbackRequest, Rung } from '../../../src/query/ladder/rung.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { silentLogger } from '../../support/postgres/database.ts';
import { createTargets } from '../../support/guards/generation.ts';

const RUNGS_MS = 100;
const situation: Omit<FallbackRequest, 'signal'> = {
  question: { tenantId: 'default', text: 'Why?', topK: 6, filter: {} },
  retrieved: { mode: 'hybrid', passages: [], degraded: false, reranked: null, context: [] },
  lastAnswer: undefined,
  similar: undefined,
  reason: 'generation_failed',
  attempts: [],
};

/** A ladder of one rung that does as told, and one that always answers. */
function setUp(first: Rung['answer']) {
  const { clock, pool } = createTargets([]);
  const logged: object[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line) => logged.push(JSON.parse(line)) });
  const metrics = new Metrics();
  const config = loadConfig({ LADDER_CANARY_SHARE: '0' });
  const deadlines = new AnswerDeadlines(config, clock);
  const answer: Answer = {
    answer: 'Because.',
    sources: [],
    metadata: { ...plainMetadata, retrieval: 'hybrid' },
  };
  const rungs: Rung[] = [
    { source: 'first', isCache: true, answer: first },
    { source: 'last', isCache: false, answer: () => answer },
  ];
  const guards = new GuardRegistry(config, clock, silentLogger);
  const canary = new LadderCanary(rungs, metrics, deadlines, config, () => 1);
  const ladder = new Ladder(rungs, canary, { targets: pool, guards, logger, metrics, deadlines });
  const failures = () => logged.filter((line) => 'event' in line && line.event === 'rung_failed');
  return { clock, ladder, failures };
}

const failed = (timed_out: boolean, cause: object) => ({
  level: 40,
  event: 'rung_failed',
  source: 'first',
  timed_out,
  cause,
});
const hangs = () => new Promise<undefined>(() => undefined);

describe('the ladder', () => {
  const { signal } = new AbortController();

  it('goes on after a rung that fails, and logs the failure', async () => {
    const { ladder, failures } = setUp(() => Promise.reject(new Error('broken')));
    const { metadata } = await ladder.fallBack(situation, signal);
    expect(metadata.fallback_source).toBe('last');
    expect(failures()).toEqual([failed(false, { name: 'Error' })]);
  });

  it('goes on after a rung that exceeds its time limit, and logs the failure', async () => {
    const { clock, ladder, failures } = setUp(hangs);
    const descending = ladder.fallBack(situation, signal);
    await clock.advance(RUNGS_MS);
    expect((await descending).metadata.fallback_source).toBe('last');
    const cause = { name: 'DeadlineExceededError', message: 'the deadline of the request was exceeded' };
    expect(failures()).toEqual([failed(true, cause)]);
  });

  it('counts no failure of a rung when the caller has left', async () => {
    const { ladder, failures } = setUp(hangs);
    const caller = new AbortController();
    const descending = ladder.fallBack(situation, caller.signal);
    caller.abort(new Error('gone'));
    await expect(descending).rejects.toThrow('gone');
    expect(failures()).toEqual([]);
  });
});
