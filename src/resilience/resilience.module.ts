import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from './clock.ts';
import { measureGuards } from './guard-metrics.ts';
import { GuardRegistry } from './guard-registry.ts';

/** Injection token of the clock. */
export const CLOCK = Symbol('CLOCK');

/** Time, and the guards that live by it. */
@Global()
@Module({})
export class ResilienceModule {
  static forRoot(clock: Clock): DynamicModule {
    return {
      module: ResilienceModule,
      providers: [
        { provide: CLOCK, useValue: clock },
        {
          provide: GuardRegistry,
          inject: [APP_CONFIG, LOGGER, Metrics],
          useFactory: (config: AppConfig, logger: Logger, metrics: Metrics) => {
            const guards = new GuardRegistry(config, clock, logger);
            measureGuards(guards, metrics);
            return guards;
          },
        },
      ],
      exports: [CLOCK, GuardRegistry],
    };
  }
}
