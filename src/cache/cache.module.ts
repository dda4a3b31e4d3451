import { Global, Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { PEER_CHANNEL } from '../resilience/sharing/peer-channel.ts';
import { RANDOM } from '../resilience/resilience.module.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { Caches, REDIS_STORE } from './caches.ts';
import { redisFaults } from './redis/drill-faults.ts';

/**
 * Provides the caches, which connect to Redis on first use, and the channel between instances. The client of Redis has
 * hundreds of modules, which are loaded only where there is a Redis.
 */
@Global()
@Module({
  providers: [
    Caches,
    {
      provide: REDIS_STORE,
      inject: [APP_CONFIG, GuardRegistry, CLOCK],
      useFactory: async ({ redis: { url, timeoutMs } }: AppConfig, guards: GuardRegistry, clock: Clock) => {
        if (url === undefined) return undefined;
        const { RedisStore } = await import('./redis/redis-store.ts');
        return new RedisStore(url, timeoutMs, guards.guard('redis', redisFaults(timeoutMs)), clock);
      },
    },
    {
      provide: PEER_CHANNEL,
      inject: [APP_CONFIG, CLOCK, RANDOM],
      useFactory: async ({ redis }: AppConfig, clock: Clock, random: () => number) => {
        if (redis.url === undefined) return undefined;
        const { RedisPeerChannel } = await import('./redis/redis-peer-channel.ts');
        return new RedisPeerChannel(redis.url, clock, random);
      },
    },
  ],
  exports: [Caches, PEER_CHANNEL],
})
export class CacheModule {}
