import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import type { GuardSnapshot } from '../../../src/resilience/guard/guard-snapshot.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { failures, type Failure } from '../../support/failures/failure-table.ts';
import { FIRST_TOKEN_MS, IDLE_MS, PAUSE_MS } from '../../support/failures/limits.ts';
import { BACKUP, rowOf, SEEN, WAYS, type Situation } from '../../support/failures/observation.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { modelUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const FIRST = 'huggingface_api';
const OPEN_MS = 60_000;
const LONG_MS = 3_600_000;

/** Long enough that a prompt with all of them can be made shorter. */
const documents = Array.from({ length: 6 }, (_, index) => ({
  id: `circuit-${index}`,
  text: `Circuit ${index}: ${Array.from({ length: 15 }, (__, step) => `a circuit opens after ${index * 15 + step} failures. `).join('')}`,
}));

describe.each<Situation>(['no model is left', 'another model answers'])(
  'a model that fails while %s',
  (situation) => {
    const isBackedUp = situation === 'another model answers';
    let scenario: Scenario;
    let backup: FakeHuggingFace;
    let asked = 0;

    beforeAll(async () => {
      const first = await new FakeHuggingFace().start();
      backup = await new FakeHuggingFace().start();
      const targets = [modelUrl(first), ...(isBackedUp ? [modelUrl(backup, `&name=${BACKUP}`)] : [])];
      scenario = await startWithFake(
        {
          GENERATION_TARGETS: targets.join(),
          GENERATION_FIRST_TOKEN_TIMEOUT_MS: String(FIRST_TOKEN_MS),
          GENERATION_IDLE_TIMEOUT_MS: String(IDLE_MS),
          GENERATION_PATIENCE_MS: String(LONG_MS),
          GENERATION_HEDGE_AFTER_MS: String(LONG_MS),
          RETRY_MAX_ATTEMPTS: '2',
          SEMANTIC_CACHE_MIN_SIMILARITY: '1',
        },
        first,
      );
      await scenario.service.ingest(documents);
    });

    afterAll(async () => {
      await scenario.close();
      await backup.stop();
    });

    const guard = () => scenario.service.app.get(GuardRegistry).guard(FIRST);

    const begin = async ({ fault }: Failure) => {
      const { fake } = scenario;
      guard().release();
      guard().reset();
      fake.clearFaults();
      await fake.start();
      if (fault === 'refused') await fake.stop();
      else if (fault === 'open') guard().force('forced_open', OPEN_MS);
      else fake.fail('chat', fault);
    };

    /** Asks something new, and lets exactly the times of the failure pass until there is an answer. */
    const ask = async (failure: Failure, way: (typeof WAYS)[string]) => {
      const { clock, service } = scenario;
      const limits = [failure.limitMs, failure.again && (failure.pauseMs ?? PAUSE_MS)];
      let isDone = false;
      const answer = way(service, circuitQuestion(asked++)).finally(() => (isDone = true));
      for (const ms of limits)
        if (ms !== undefined) {
          await until(`${ms} ms begin or there is an answer`, () => isDone || clock.isDueIn(ms));
          if (!isDone) await clock.advance(ms);
        }
      return answer;
    };

    it.each(failures.map((failure) => [failure.what, failure] as const))(
      'is seen on every API as told: %s',
      async (_, failure) => {
        const seen: string[] = [];
        for (const way of Object.values(WAYS)) {
          await begin(failure);
          seen.push(await ask(failure, way));
          await scenario.settled();
        }
        expect(seen).toEqual(SEEN[rowOf(failure, situation)]);
      },
    );

    it.each(failures.map((failure) => [failure.what, failure] as const))(
      'counts and is called again as told: %s',
      async (_, failure) => {
        const { fake, service, settled } = scenario;
        await begin(failure);
        const before = { ...guard().snapshot().totals };
        const calls = fake.count('chat');
        const others = backup.count('chat');
        let reason: string | null = null;
        await ask(failure, async (to, question) => {
          const { body } = await to.query(question);
          reason = body.metadata.fallback_reason;
          return '';
        });
        await settled();
        const { totals, hold } = await service.guard(FIRST);
        const isAskedAgain = failure.again === 'after a pause' ? !isBackedUp : failure.again !== undefined;
        const isCalled = failure.fault !== 'open' && failure.fault !== 'refused';
        const { next, circuit, reason: why } = failure;
        expect({ calls: fake.count('chat') - calls, others: backup.count('chat') - others }).toEqual({
          calls: isCalled ? 1 + Number(isAskedAgain) : 0,
          others: Number(isBackedUp && next),
        });
        expect({ circuit: circuitOf(before, totals), hold: hold?.cause }).toEqual({
          circuit,
          hold: failure.hold,
        });
        const isLadder = why !== null && !(isBackedUp && next);
        expect(reason).toBe(isLadder ? `${why}_no_cache` : null);
      },
    );
  },
);

/** How the calls between two moments have counted: all of them alike. */
function circuitOf(
  before: GuardSnapshot['totals'],
  after: GuardSnapshot['totals'],
): Failure['circuit'] | 'mixed' {
  const calls = after.calls - before.calls;
  if (calls === 0) return 'not called';
  if (after.failures - before.failures === calls) return 'failure';
  if (after.ignored - before.ignored === calls) return 'ignored';
  return after.successes - before.successes === calls ? 'success' : 'mixed';
}
