import { Global, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { systemClock, type Clock } from './clock.ts';
import { GuardRegistry } from './guard-registry.ts';

/** Injection token of the clock. */
export const CLOCK = Symbol('CLOCK');

@Global()
@Module({
  providers: [
    { provide: CLOCK, useValue: systemClock },
    {
      provide: GuardRegistry,
      inject: [APP_CONFIG, CLOCK, LOGGER],
      useFactory: (config: AppConfig, clock: Clock, logger: Logger) =>
        new GuardRegistry(config, clock, logger),
    },
  ],
  exports: [CLOCK, GuardRegistry],
})
export class ResilienceModule {}
