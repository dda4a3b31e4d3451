import { Global, Module } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { PEER_CHANNEL } from '../resilience/sharing/peer-channel.ts';
import { RANDOM } from '../resilience/resilience.module.ts';
import { Caches } from './caches.ts';
import { RedisPeerChannel } from './redis/redis-peer-channel.ts';

/** Provides the caches, which connect to Redis on first use, and the channel between instances. */
@Global()
@Module({
  providers: [
    Caches,
    {
      provide: PEER_CHANNEL,
      inject: [APP_CONFIG, CLOCK, RANDOM],
      useFactory: ({ redis }: AppConfig, clock: Clock, random: () => number) =>
        redis.url === undefined ? undefined : new RedisPeerChannel(redis.url, clock, random),
    },
  ],
  exports: [Caches, PEER_CHANNEL],
})
export class CacheModule {}
