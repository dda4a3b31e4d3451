import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const TTL_MS = 600_000;
const down = { kind: 'status', status: 500 } as const;

describe('the canary of the ladder', () => {
  let scenario: Scenario;

  async function start(share: string): Promise<void> {
    scenario = await startWithFake({ LADDER_CANARY_SHARE: share, CACHE_TTL_SECONDS: `${TTL_MS / 1_000}` });
  }

  afterEach(() => scenario.close());

  const exercises = async () => seriesOf('failsoft_ladder_canary_total', await scrape(scenario.service));
  const count = async (rung: string, result: string) =>
    (await exercises())[`{rung="${rung}",result="${result}"}`] ?? 0;
  const untilCounted = (rung: string, result: string, times: number) =>
    until(`${rung} is ${result}`, async () => (await count(rung, result)) === times);

  it('runs every rung beside healthy answers, and leaves nothing behind', async () => {
    await start('1');
    const { service, fake, clock, settled } = scenario;
    const question = 'When does the circuit open after failures?';
    expect((await service.query(question)).body.metadata).toEqual(metadata());
    await untilCounted('excerpts', 'answered', 1);
    expect(await exercises()).toEqual({
      '{rung="l1_cache",result="empty"}': 1,
      // Its own answer is kept only afterwards.
      '{rung="semantic_cache",result="empty"}': 1,
      '{rung="curated_answers",result="empty"}': 1,
      '{rung="excerpts",result="answered"}': 1,
    });
    await settled();

    await service.query('WHEN does the circuit open after failures');
    await untilCounted('excerpts', 'answered', 2);
    expect(await count('semantic_cache', 'answered')).toBe(1);
    expect(await count('l1_cache', 'answered')).toBe(0);
    await settled();

    await clock.advance(TTL_MS);
    await service.query(question);
    await untilCounted('excerpts', 'answered', 3);
    expect(await count('l1_cache', 'answered')).toBe(1);

    const series = await scrape(service);
    expect(seriesOf('circuit_breaker_fallbacks_total', series)).toEqual({});
    expect(service.logs.filter(({ event }) => event === 'fallback_served')).toEqual([]);
    expect(await service.guard('huggingface_api')).toMatchObject({ fail_count: 0, totals: { calls: 3 } });
    expect(fake.count('chat')).toBe(3);
  });

  it('does not run for cached and degraded answers', async () => {
    await start('1');
    const { service, fake } = scenario;
    await service.query(circuitQuestion(1));
    await untilCounted('excerpts', 'answered', 1);
    expect((await service.query(circuitQuestion(1))).body.metadata.from_cache).toBe(true);
    fake.fail('chat', down, { times: 1 });
    expect((await service.query(circuitQuestion(2))).body.metadata.from_fallback).toBe(true);
    await service.query(circuitQuestion(3));
    await untilCounted('excerpts', 'answered', 2);
  });

  it('does not run when it is turned off', async () => {
    await start('0');
    await scenario.ask();
    await scenario.settled();
    expect(await exercises()).toEqual({});
  });
});
