import { nameCause } from '../../telemetry/cause-of.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { GuardEvent, GuardMode } from './guard-events.ts';
import type { GuardRegistry } from './guard-registry.ts';
import type { HoldCause } from './outcome.ts';

const VALUE_OF_STATE = { closed: 0, open: 1, 'half-open': 2, held: 3 };
const VALUE_OF_MODE: Record<GuardMode, number> = {
  auto: 0,
  forced_open: 1,
  forced_closed: 2,
  disabled: 3,
  observe: 4,
};
const HOLDS: HoldCause[] = ['throttled', 'loading', 'latched'];

/** Counts the events of all guards, and publishes their states as gauges. */
export function measureGuards(guards: GuardRegistry, metrics: Metrics): void {
  guards.subscribe((event) => countGuardEvent(metrics, event));
  metrics.watch('circuit_breaker_state', () =>
    guards.all.map((guard) => ({
      labels: { name: guard.name },
      value: VALUE_OF_STATE[guard.snapshot().state],
    })),
  );
  metrics.watch('failsoft_circuit_breaker_mode', () =>
    guards.all.map((guard) => ({ labels: { name: guard.name }, value: VALUE_OF_MODE[guard.mode] })),
  );
  metrics.watch('failsoft_drill_active', () =>
    guards.all.flatMap(({ name, injection }) => {
      const fault = injection.current?.fault;
      return fault === undefined ? [] : [{ labels: { name, fault }, value: 1 }];
    }),
  );
  metrics.watch('failsoft_circuit_breaker_held', () =>
    guards.all.flatMap((guard) =>
      HOLDS.map((cause) => ({
        labels: { name: guard.name, cause },
        value: Number(guard.snapshot().hold?.cause === cause),
      })),
    ),
  );
}

function countGuardEvent(metrics: Metrics, event: GuardEvent): void {
  const name = event.guard;
  switch (event.type) {
    case 'attempt':
    case 'reset':
    case 'latched':
    case 'hold_ended':
    case 'learnt':
    case 'refusing':
    case 'drill_begun':
    case 'drill_ended':
      return;
    case 'drill_met':
      return metrics.count('failsoft_drill_calls_total', { name, fault: event.fault });
    case 'retry':
      return metrics.count('retries_total', { name });
    case 'rejected':
      return metrics.count('circuit_breaker_calls_total', { name, status: 'rejected' });
    case 'state_change': {
      const { from: from_state, to: to_state } = event;
      metrics.count('circuit_breaker_state_transitions_total', { name, from_state, to_state });
      if (to_state === 'open') metrics.count('circuit_breaker_openings_total', { name });
      return;
    }
    case 'settled': {
      const status = event.outcome;
      metrics.count('circuit_breaker_calls_total', { name, status });
      metrics.time('circuit_breaker_call_duration_seconds', { name, status }, event.durationMs);
      if (status === 'failure')
        metrics.count('circuit_breaker_failures_total', { name, error_type: event.errorType ?? 'bug' });
      if (event.cause && event.errorType !== 'cancelled')
        metrics.count('failsoft_failure_causes_total', { name, cause: nameCause(event.cause) });
    }
  }
}
