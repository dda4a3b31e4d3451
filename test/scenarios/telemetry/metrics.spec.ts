import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { startWithFake } from '../../support/scenarios/scenario.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import { until } from '../../support/until.ts';

/** The default, with all of its jitter. */
const LONGEST_OPEN_MS = 36_000;
const MODEL = 'name="huggingface_api"';

describeScenario('the metrics of an outage', {}, (scenario) => {
  /** The series of a metric about the model's guard, or about no guard. */
  async function read(metric: string): Promise<Record<string, number>> {
    const series = seriesOf(metric, await scrape(scenario.service));
    return Object.fromEntries(
      Object.entries(series).filter(([key]) => !/name="(?!huggingface_api)/.test(key)),
    );
  }

  it('count every call and every rung', async () => {
    const { service, fake, clock, ask } = scenario;
    expect(seriesOf('circuit_breaker_state', await scrape(service))).toEqual({
      [`{${MODEL}}`]: 0,
      '{name="embedding_api"}': 0,
      '{name="embedding_ingest"}': 0,
      '{name="postgres"}': 0,
    });
    await ask();
    const nowhere = { filter: { place: 'nowhere' } };
    expect((await service.query('What about circuits?', nowhere)).body.metadata.no_context).toBe(true);
    await fake.stop();
    for (let failures = 0; failures < 5; failures++) await ask();
    expect(await read('circuit_breaker_state')).toEqual({ [`{${MODEL}}`]: 1 });
    for (let rejected = 0; rejected < 3; rejected++) await ask();
    expect((await service.query('What about fuses?', nowhere)).status).toBe(503);
    await fake.start();
    await clock.advance(LONGEST_OPEN_MS);
    await ask();
    expect(await read('circuit_breaker_state')).toEqual({ [`{${MODEL}}`]: 2 });
    await ask();
    await ask();

    expect(await read('circuit_breaker_state')).toEqual({ [`{${MODEL}}`]: 0 });
    expect(await read('circuit_breaker_calls_total')).toEqual({
      [`{${MODEL},status="success"}`]: 4,
      [`{${MODEL},status="failure"}`]: 5,
      [`{${MODEL},status="rejected"}`]: 3,
    });
    expect(await read('circuit_breaker_failures_total')).toEqual({ [`{${MODEL},error_type="network"}`]: 5 });
    expect(await read('circuit_breaker_state_transitions_total')).toEqual({
      [`{${MODEL},from_state="closed",to_state="open"}`]: 1,
      [`{${MODEL},from_state="open",to_state="half-open"}`]: 1,
      [`{${MODEL},from_state="half-open",to_state="closed"}`]: 1,
    });
    expect(await read('circuit_breaker_openings_total')).toEqual({ [`{${MODEL}}`]: 1 });
    expect(await read('circuit_breaker_call_duration_seconds_count')).toEqual({
      [`{${MODEL},status="success"}`]: 4,
      [`{${MODEL},status="failure"}`]: 5,
    });
    expect(await read('circuit_breaker_fallbacks_total')).toEqual({
      '{source="excerpts",reason="generation_failed_no_cache"}': 5,
      '{source="excerpts",reason="circuit_breaker_open_no_cache"}': 3,
      '{source="none",reason="circuit_breaker_open"}': 1,
    });
    expect(await read('query_duration_seconds_count')).toEqual({
      '{source="generation"}': 4,
      '{source="excerpts"}': 8,
      '{source="no_context"}': 1,
      '{source="none"}': 1,
    });
  });

  it('distinguish fresh answers from stale and missing ones', async () => {
    const { service, clock } = scenario;
    const before = await read('cache_requests_total');
    const asked = (result: string) => before[`{cache="answers",result="${result}"}`] ?? 0;
    const question = 'How long does an open circuit wait?';
    await service.query(question);
    expect((await service.query(question)).body.metadata.from_cache).toBe(true);
    await clock.advance(3_600_000);
    await service.query(question);
    expect(await read('cache_requests_total')).toMatchObject({
      '{cache="answers",result="miss"}': asked('miss') + 1,
      '{cache="answers",result="hit"}': asked('hit') + 1,
      '{cache="answers",result="stale"}': asked('stale') + 1,
    });
  });
});

describe('the metrics of a retry', () => {
  it('count the retry beside its calls', async () => {
    const scenario = await startWithFake({ RETRY_MAX_ATTEMPTS: '2', RETRY_BASE_DELAY_MS: '100' });
    const { service, fake, clock } = scenario;
    fake.fail('chat', { kind: 'status', status: 500 }, { times: 1 });
    let isAnswered = false;
    const asked = scenario.ask().finally(() => (isAnswered = true));
    await until('it is answered', async () => {
      await clock.advance(10);
      return isAnswered;
    });
    expect((await asked).body.metadata.from_fallback).toBe(false);
    const series = await scrape(service);
    expect(seriesOf('retries_total', series)).toEqual({ [`{${MODEL}}`]: 1 });
    expect(series[`circuit_breaker_calls_total{${MODEL},status="failure"}`]).toBe(1);
    expect(series[`circuit_breaker_calls_total{${MODEL},status="success"}`]).toBe(1);
    expect(seriesOf('circuit_breaker_fallbacks_total', series)).toEqual({});
    await scenario.close();
  });
});

describe('the metrics of a queue', () => {
  it('show how many questions wait', async () => {
    const scenario = await startWithFake({ GENERATION_MAX_CONCURRENT: '1' });
    const { service, fake, clock } = scenario;
    const depth = async () => seriesOf('bulkhead_queue_depth', await scrape(service));
    const nobody = { '{name="generation"}': 0, '{name="postgres"}': 0 };
    expect(await depth()).toEqual(nobody);
    fake.fail('chat', { kind: 'black_hole' });
    const asked = [scenario.ask(), scenario.ask(), scenario.ask()];
    await until('two wait', async () => (await depth())['{name="generation"}'] === 2);
    let isAnswered = false;
    const answered = Promise.all(asked).finally(() => (isAnswered = true));
    await until('all are answered', async () => {
      await clock.advance(1_000);
      return isAnswered;
    });
    await answered;
    // Those that were answered around wait on, for the cache, and the last call goes on to its own limit.
    for (let second = 0; second < 30; second++) await clock.advance(1_000);
    expect(await depth()).toEqual(nobody);
    await scenario.close();
  });
});
