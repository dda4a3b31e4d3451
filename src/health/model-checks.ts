import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';

/** What the guards of the models know. Nothing is called, and none of it takes the service down: it degrades it. */
@Injectable()
export class ModelChecks {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly guards: GuardRegistry,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  generation(): HealthIndicatorResult {
    const names = this.config.generation.targets.map(({ name }) => name);
    return this.check('generation', names);
  }

  embedding(): HealthIndicatorResult {
    return this.check(
      'embedding',
      this.config.embedding.targets.map(({ name }) => name),
    );
  }

  private check(key: string, names: string[]): HealthIndicatorResult {
    const guards = names.map((name) => this.guards.guard(name));
    const targets = Object.fromEntries(guards.map((guard) => [guard.name, guard.snapshot().state]));
    const check = this.indicators.check(key);
    const isWell = guards.every((guard) => guard.refusal === null && guard.snapshot().is_healthy);
    return isWell ? check.up({ targets }) : check.degraded({ targets });
  }
}
