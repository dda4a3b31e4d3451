import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { embedderUrl } from '../../support/scenarios/scenario.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { until } from '../../support/until.ts';

const MODEL = 'huggingface_api';
const EMBEDDER = 'embedding_api';
const STEP_MS = 1_000;

const outages: [fault: string, real: Fault | 'refused'][] = [
  ['refuse', 'refused'],
  ['hang', { kind: 'black_hole' }],
  ['status_503', { kind: 'status', status: 503 }],
  ['rate_limit', { kind: 'status', status: 429, headers: { 'retry-after': '10' } }],
  ['garbage', { kind: 'bad_json' }],
];

const embedder = new FakeHuggingFace();
const start = async () => ({
  ADMIN_TOKEN,
  DRILLS_ENABLED: 'true',
  EMBEDDING_TARGETS: embedderUrl(await embedder.start()),
  GENERATION_PATIENCE_MS: '3600000',
});

describeScenario('a drill is for the guard what the outage is', start, (scenario) => {
  afterAll(() => embedder.stop());

  /** Asks once: what the guard made of its call, and what the caller got. */
  async function observe(name: string, fault: string) {
    const { service, clock } = scenario;
    const guard = service.app.get(GuardRegistry).guard(name);
    const from = service.logs.length;
    const find = (wanted: string) =>
      service.logs.slice(from).find(({ event, breaker_name }) => event === wanted && breaker_name === name);
    const asking = scenario.ask();
    await until('the call has begun', () => find('circuit_call_attempt') !== undefined);
    await until('the call has failed', async () => {
      if (fault === 'hang' && !find('circuit_failure')) await clock.advance(STEP_MS);
      return find('circuit_failure') !== undefined;
    });
    const { outcome, error_type, cause } = find('circuit_failure') ?? {};
    const { state, hold, fail_count } = guard.snapshot();
    const { drill, attempts, request_id: _, duration_ms: __, ...metadata } = (await asking).body.metadata;
    const outcomes = attempts.map((attempt) => attempt.outcome);
    await scenario.settled();
    guard.reset();
    return { drill, seen: { outcome, error_type, cause, state, hold, fail_count, outcomes, metadata } };
  }

  /** Lets the outage happen, then its drill; what was seen of both, and the calls that reached the service in the drill. */
  async function compare(name: string, fake: FakeHuggingFace, fault: string, real: Fault | 'refused') {
    const route = name === MODEL ? 'chat' : 'embed';
    if (real === 'refused') await fake.stop();
    else fake.fail(route, real);
    const outage = await observe(name, fault);
    fake.clearFaults();
    await fake.start();
    const { begin, end } = drillsOf(scenario.service);
    const { id } = await begin(name, fault);
    const calls = fake.count(route);
    const rehearsed = await observe(name, fault).finally(async () => {
      expect((await end(id)).drill.calls_hit).toBe(1);
    });
    return { outage, rehearsed, calls: fake.count(route) - calls };
  }

  it.each([...outages, ['cut_midway', { kind: 'cut', parts: 3 }] as [string, Fault]])(
    'of a model: %s',
    async (fault, real) => {
      const { outage, rehearsed, calls } = await compare(MODEL, scenario.fake, fault, real);
      expect(rehearsed).toEqual({ seen: outage.seen, drill: [MODEL] });
      expect([outage.drill, calls]).toEqual([null, fault === 'cut_midway' ? 1 : 0]);
    },
  );

  it.each(outages)('of an embedding host: %s', async (fault, real) => {
    const { outage, rehearsed, calls } = await compare(EMBEDDER, embedder, fault, real);
    expect(rehearsed).toEqual({ seen: outage.seen, drill: [EMBEDDER] });
    expect([outage.drill, calls]).toEqual([null, 0]);
  });
});
