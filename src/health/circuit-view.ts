import { Injectable } from '@nestjs/common';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import type { GuardSnapshot } from '../resilience/guard-snapshot.ts';
import { SharedHealth } from '../resilience/shared-health.ts';
import { TargetHealth } from '../resilience/target-health.ts';

/** Every guard, and how the service behind it did lately: called from here, and from all instances together. */
@Injectable()
export class CircuitView {
  constructor(
    private readonly guards: GuardRegistry,
    private readonly health: TargetHealth,
    private readonly shared: SharedHealth,
  ) {}

  /** The body of `GET /health/circuit-breaker`. */
  show() {
    const { circuit_breaker, circuit_breakers, timestamp } = this.guards.status();
    const views = Object.entries(circuit_breakers).map(([name, guard]) => [name, this.view(guard)] as const);
    return {
      circuit_breaker: this.view(circuit_breaker),
      circuit_breakers: Object.fromEntries(views),
      timestamp,
    };
  }

  private view(guard: GuardSnapshot) {
    const { name } = guard;
    return { ...guard, health: this.health.health(name), health_of_all: this.shared.health(name) };
  }
}
