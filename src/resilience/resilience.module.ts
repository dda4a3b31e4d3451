import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { logSideFailures } from '../telemetry/side-failures.ts';
import { AnswerCounts } from './health/answer-counts.ts';
import { AnswerSources } from './health/answer-sources.ts';
import { CLOCK, type Clock } from './time/clock.ts';
import { measureGuards } from './guard/guard-metrics.ts';
import { GuardRegistry } from './guard/guard-registry.ts';
import { RollingHealth } from './health/rolling-health.ts';

/** Injection token of the random source: a function that returns a number from 0 to below 1. */
export const RANDOM = Symbol('RANDOM');

/** The clock, the random source, and the guards. */
@Global()
@Module({})
export class ResilienceModule implements OnModuleDestroy, OnApplicationShutdown {
  private readonly endLogging: () => void;

  constructor(
    @Inject(LOGGER) logger: Logger,
    @Inject(CLOCK) clock: Clock,
    private readonly guards: GuardRegistry,
  ) {
    this.endLogging = logSideFailures(logger, () => clock.now());
  }

  /** Ends drills, so that what is still to be answered and stored gets the services. */
  onModuleDestroy(): void {
    for (const guard of this.guards.all) {
      const isOpenForDrill = guard.injection.isFelt && guard.state === 'open';
      guard.injection.stop();
      if (isOpenForDrill) guard.startTrials();
    }
  }

  onApplicationShutdown(): void {
    this.endLogging();
  }

  static forRoot(clock: Clock, random: () => number): DynamicModule {
    return {
      module: ResilienceModule,
      providers: [
        { provide: CLOCK, useValue: clock },
        { provide: RANDOM, useValue: random },
        AnswerSources,
        { provide: AnswerCounts, useValue: new AnswerCounts(clock) },
        {
          provide: GuardRegistry,
          inject: [APP_CONFIG, LOGGER, Metrics],
          useFactory: (config: AppConfig, logger: Logger, metrics: Metrics) => {
            const guards = new GuardRegistry(config, clock, logger, random);
            measureGuards(guards, metrics);
            return guards;
          },
        },
        {
          provide: RollingHealth,
          inject: [GuardRegistry],
          useFactory: (guards: GuardRegistry) => {
            const health = new RollingHealth(clock);
            guards.subscribe(health.record);
            return health;
          },
        },
      ],
      exports: [CLOCK, RANDOM, AnswerCounts, AnswerSources, GuardRegistry, RollingHealth],
    };
  }
}
