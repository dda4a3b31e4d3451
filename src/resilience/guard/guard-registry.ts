import type { Logger } from 'pino';
import { guardSettings, type AppConfig, type GuardSettings } from '../../config/app-config.ts';
import { LogSampler } from '../../telemetry/log-sampler.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import type { Clock } from '../time/clock.ts';
import type { GuardEvent, GuardListener } from './guard-events.ts';
import { logGuardEvent } from './guard-log.ts';
import type { ServiceFaults } from '../drills/service-faults.ts';
import type { CircuitStatus } from './guard-snapshot.ts';
import { Guard } from './guard.ts';

/** Creates and holds every guard of the process, and logs their events. */
export class GuardRegistry {
  private readonly guards = new Map<string, Guard>();
  private readonly listeners = new Set<GuardListener>();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    logger: Logger,
    private readonly random: () => number = Math.random,
  ) {
    const sampler = new LogSampler(logger, () => clock.now());
    this.subscribe((event) => logGuardEvent(logger, sampler, event));
  }

  /** Every guard created so far. */
  get all(): Guard[] {
    return [...this.guards.values()];
  }

  /** The guard of that name; undefined when it was not created. */
  find(name: string): Guard | undefined {
    return this.guards.get(name);
  }

  /**
   * The guard of that name. It is created on first use.
   * @param faults how its service fails, which allows drills where they are enabled
   */
  guard(name: string, faults?: ServiceFaults): Guard {
    const guard = this.guards.get(name) ?? this.create(name);
    if (faults && this.config.drills.enabled) guard.injection.allow(faults);
    return guard;
  }

  /** The settings that the environment gives to the guard of that name. */
  configured(name: string): GuardSettings {
    return guardSettings(this.config, name);
  }

  /** The state of all guards, for `/health/circuit-breaker` and 503 responses. */
  status(): CircuitStatus {
    const snapshots = [...this.guards].map(([name, guard]) => [name, guard.snapshot()] as const);
    return {
      circuit_breaker: this.guard(this.config.generation.targets[0].name).snapshot(),
      circuit_breakers: Object.fromEntries(snapshots),
      timestamp: this.clock.wall() / 1_000,
    };
  }

  /** Passes every event of every guard to the listener. Returns a function that ends the subscription. */
  subscribe(listener: GuardListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private create(name: string): Guard {
    const guard = new Guard(
      name,
      this.configured(name),
      this.clock,
      (event) => this.emit(event),
      this.random,
    );
    this.guards.set(name, guard);
    return guard;
  }

  private emit(event: GuardEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        // An error of one listener must not affect the call or the other listeners.
        reportSideFailure({ event: 'guard_listener_failed', received: event.type }, error);
      }
    }
  }
}
