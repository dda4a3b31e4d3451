import type { AuditTrail } from '../../../src/admin/audit-trail.ts';
import { CircuitsController } from '../../../src/admin/circuits.controller.ts';
import type { StateHistory } from '../../../src/admin/state-history.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { sleep } from '../../../src/resilience/time/clock.ts';
import type { CircuitStore } from '../../../src/resilience/sharing/circuit-store.ts';
import { GuardOverrides } from '../../../src/resilience/sharing/guard-overrides.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { silentLogger } from '../../support/postgres/database.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const ENDLESS_MS = 3_600_000;
const ACTOR = { name: 'operator', requestId: 'request-1' };

describe('an action while the store does not answer', () => {
  it.each(['open', 'closed', 'half-open'] as const)(
    'forces %s after one wait for the store',
    async (state) => {
      const clock = new FakeClock();
      const guards = new GuardRegistry(loadConfig({}), clock, silentLogger, () => 0);
      const guard = guards.guard('model');
      guard.force('forced_closed', ENDLESS_MS);
      const neverAnswers = async (signal: AbortSignal) => {
        await sleep(clock, ENDLESS_MS, signal);
        return [];
      };
      const store: CircuitStore = {
        saveOverride: async (_, signal) => (await neverAnswers(signal)).length,
        readOverrides: neverAnswers,
        saveOpen: async () => undefined,
        deleteOpen: async () => undefined,
        readOpen: async () => [],
      };
      const controls = new GuardOverrides(guards, store, undefined, clock);
      const audit: Pick<AuditTrail, 'record'> = { record: async () => true };
      const history: Pick<StateHistory, 'latest'> = {
        latest: async () => ({ source: 'memory', rows: [] }),
      };
      const circuits = new CircuitsController(guards, controls, audit as AuditTrail, history as StateHistory);
      const startedAt = clock.now();
      const done = circuits
        .force('model', { state }, ACTOR)
        .then((result) => ({ ...result, at: clock.now() }));
      await clock.advance(60_000);
      const mode = { open: 'forced_open', closed: 'forced_closed', 'half-open': 'auto' }[state];
      expect(await done).toMatchObject({ circuit_breaker: { mode }, stored: false, at: startedAt + 10_000 });
    },
  );
});
