import { loadConfig } from '../../../src/config/load-config.ts';
import { AnswerDeadlines } from '../../../src/query/answer/answer-deadlines.ts';
import { LadderCanary } from '../../../src/query/ladder/ladder-canary.ts';
import type { FallbackContext, Rung } from '../../../src/query/ladder/rung.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const RUNGS_MS = 100;
const situation: FallbackContext = {
  question: { tenantId: 'default', text: 'Why?', topK: 6, filter: {} },
  retrieved: { mode: 'hybrid', passages: [], degraded: false, reranked: null, context: [] },
  lastAnswer: undefined,
  similar: undefined,
};

function setUp(rungs: Rung[], random = () => 0) {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const config = loadConfig({ LADDER_CANARY_SHARE: '0.25' });
  const deadlines = new AnswerDeadlines(config, clock);
  const canary = new LadderCanary(rungs, metrics, deadlines, config, random);
  const results = async () =>
    [
      ...(await metrics.show()).matchAll(
        /^failsoft_ladder_canary_total\{rung="(\w+)",result="(\w+)"\} (\d+)$/gm,
      ),
    ].map(([, rung, result, count]) => `${rung} ${result} ${count}`);
  return { clock, canary, results };
}

/** A rung that counts how often it was asked, and never answers. */
function hangingRung() {
  const rung = {
    source: 'hanging',
    isCache: false,
    asked: 0,
    answer: () => {
      rung.asked++;
      return new Promise<undefined>(() => undefined);
    },
  };
  return rung;
}

const empty: Rung = { source: 'empty', isCache: false, answer: () => undefined };
const broken: Rung = {
  source: 'broken',
  isCache: false,
  answer: () => {
    throw new Error('broken');
  },
};

describe('the canary of the ladder', () => {
  it('runs for its share of the questions', async () => {
    const values = [0, 0.24, 0.25, 0.9];
    const { canary, results } = setUp([empty], () => values.shift() ?? 1);
    for (let question = 0; question < 4; question++) await canary.maybeRun(situation);
    expect(await results()).toEqual(['empty empty 2']);
  });

  it('counts rungs that fail, and goes on with the next', async () => {
    const { canary, results } = setUp([broken, empty]);
    await canary.maybeRun(situation);
    expect(await results()).toEqual(['broken failed 1', 'empty empty 1']);
  });

  it('runs after the response, ends slow rungs, and runs for at most two questions at once', async () => {
    const hanging = hangingRung();
    const { clock, canary, results } = setUp([hanging]);
    const offered = [canary.maybeRun(situation), canary.maybeRun(situation), canary.maybeRun(situation)];
    expect(hanging.asked).toBe(0);
    await clock.advance(0);
    expect(hanging.asked).toBe(2);
    await clock.advance(RUNGS_MS);
    await Promise.all(offered);
    expect(await results()).toEqual(['hanging failed 2']);
    const again = canary.maybeRun(situation);
    await clock.advance(0);
    expect(hanging.asked).toBe(3);
    await clock.advance(RUNGS_MS);
    await again;
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends at once when the service stops, and runs no more', async () => {
    const hanging = hangingRung();
    const { clock, canary, results } = setUp([hanging, empty]);
    const offered = canary.maybeRun(situation);
    await canary.onApplicationShutdown();
    await offered;
    await canary.maybeRun(situation);
    expect(hanging.asked).toBe(1);
    expect(await results()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
