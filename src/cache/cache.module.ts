import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import type { Clock } from '../resilience/clock.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Caches } from './caches.ts';

/** The caches, connected to Redis on first use. */
@Global()
@Module({
  providers: [
    {
      provide: Caches,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, Metrics],
      useFactory: (config: AppConfig, guards: GuardRegistry, clock: Clock, metrics: Metrics) =>
        new Caches(config, guards, clock, metrics),
    },
  ],
  exports: [Caches],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(private readonly caches: Caches) {}

  onApplicationShutdown(): Promise<void> {
    return this.caches.close();
  }
}
