import type { Logger } from 'pino';
import { guardSettings, type AppConfig } from '../config/app-config.ts';
import type { Clock } from './clock.ts';
import type { GuardEvent } from './guard-events.ts';
import { Guard, type GuardSnapshot } from './guard.ts';

/** The body of `GET /health/circuit-breaker`; `circuit_breaker` is the first generation target's. */
export interface CircuitStatus {
  circuit_breaker: GuardSnapshot;
  circuit_breakers: Record<string, GuardSnapshot>;
  /** Epoch seconds. */
  timestamp: number;
}

/** Makes and knows every guard of the process, and writes down what they do. */
export class GuardRegistry {
  private readonly guards = new Map<string, Guard>();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The guard of that name, made on first use with its settings. */
  guard(name: string): Guard {
    const known = this.guards.get(name);
    if (known) return known;
    const guard = new Guard(name, guardSettings(this.config, name), this.clock, (event) => this.log(event));
    this.guards.set(name, guard);
    return guard;
  }

  /** What monitoring reads. */
  status(): CircuitStatus {
    const snapshots = [...this.guards].map(([name, guard]) => [name, guard.snapshot()] as const);
    return {
      circuit_breaker: this.guard(this.config.generation.targets[0].name).snapshot(),
      circuit_breakers: Object.fromEntries(snapshots),
      timestamp: this.clock.wall() / 1_000,
    };
  }

  private log(event: GuardEvent): void {
    const breaker_name = event.guard;
    switch (event.type) {
      case 'attempt':
        return this.logger.debug({ event: 'circuit_call_attempt', breaker_name, trial: event.trial });
      case 'rejected':
        return this.logger.warn({ event: 'circuit_call_rejected', breaker_name, rejection: event.rejection });
      case 'state_change':
        return this.logger.warn({
          event: 'circuit_state_change',
          breaker_name,
          old_state: event.from,
          new_state: event.to,
          fail_count: event.failCount,
        });
      case 'settled': {
        const { errorType: error_type, durationMs: duration_ms, failCount: fail_count, late } = event;
        const line = { breaker_name, error_type, duration_ms: Math.round(duration_ms), fail_count, late };
        if (event.outcome === 'success') return this.logger.debug({ event: 'circuit_success', ...line });
        // Nothing but an operator can mend this.
        if (error_type === 'credentials') this.logger.error({ event: 'target_latched_out', breaker_name });
        return this.logger.warn({ event: 'circuit_failure', outcome: event.outcome, ...line });
      }
    }
  }
}
