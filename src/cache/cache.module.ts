import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import type { Clock } from '../resilience/clock.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { PEER_CHANNEL } from '../resilience/peer-channel.ts';
import { CLOCK, RANDOM } from '../resilience/resilience.module.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Caches } from './caches.ts';
import { RedisPeerChannel } from './redis-peer-channel.ts';

/** The caches, connected to Redis on first use, and the instances' channel. */
@Global()
@Module({
  providers: [
    {
      provide: Caches,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, Metrics],
      useFactory: (config: AppConfig, guards: GuardRegistry, clock: Clock, metrics: Metrics) =>
        new Caches(config, guards, clock, metrics),
    },
    {
      provide: PEER_CHANNEL,
      inject: [APP_CONFIG, CLOCK, RANDOM, LOGGER],
      useFactory: ({ redis }: AppConfig, clock: Clock, random: () => number, logger: Logger) =>
        redis.url === undefined ? undefined : new RedisPeerChannel(redis.url, clock, random, logger),
    },
  ],
  exports: [Caches, PEER_CHANNEL],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(private readonly caches: Caches) {}

  onApplicationShutdown(): Promise<void> {
    return this.caches.close();
  }
}
