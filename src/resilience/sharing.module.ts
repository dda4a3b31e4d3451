import { Global, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { causeOf } from '../errors/cause-of.ts';
import { LogSampler } from '../telemetry/log-sampler.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { CIRCUIT_STORE, type CircuitStore } from './circuit-store.ts';
import type { Clock } from './clock.ts';
import { GuardControls } from './guard-controls.ts';
import { GuardRegistry } from './guard-registry.ts';
import { GuardSharing } from './guard-sharing.ts';
import { OpenCircuits } from './open-circuits.ts';
import { PEER_CHANNEL, type PeerChannel } from './peer-channel.ts';
import { CLOCK, RANDOM } from './resilience.module.ts';
import { SharedHealth } from './shared-health.ts';

/** Guards over several instances and restarts, by what the database and the cache offer under their tokens. */
@Global()
@Module({
  providers: [
    {
      provide: GuardControls,
      inject: [GuardRegistry, CIRCUIT_STORE, PEER_CHANNEL, CLOCK],
      useFactory: (
        guards: GuardRegistry,
        store: CircuitStore,
        channel: PeerChannel | undefined,
        clock: Clock,
      ) => new GuardControls(guards, store, channel, clock),
    },
    {
      provide: OpenCircuits,
      inject: [GuardRegistry, CIRCUIT_STORE, CLOCK],
      useFactory: (guards: GuardRegistry, store: CircuitStore, clock: Clock) =>
        new OpenCircuits(guards, store, clock),
    },
    {
      provide: GuardSharing,
      inject: [
        GuardRegistry,
        GuardControls,
        OpenCircuits,
        APP_CONFIG,
        CLOCK,
        PEER_CHANNEL,
        SharedHealth,
        RANDOM,
        LOGGER,
      ],
      useFactory: (
        guards: GuardRegistry,
        controls: GuardControls,
        openCircuits: OpenCircuits,
        { database }: AppConfig,
        clock: Clock,
        channel: PeerChannel | undefined,
        health: SharedHealth,
        random: () => number,
        logger: Logger,
      ) => {
        const sampler = new LogSampler(logger, () => clock.now());
        const onFailure = (error: unknown) =>
          sampler.write('warn', '', { event: 'sharing_failed', cause: causeOf(error) });
        // The embedded database belongs to one process.
        const isStoreShared = database.url !== undefined;
        return new GuardSharing(guards, controls, openCircuits, {
          channel,
          isStoreShared,
          health,
          clock,
          random,
          onFailure,
        });
      },
    },
  ],
  exports: [GuardControls],
})
export class SharingModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly sharing: GuardSharing) {}

  onApplicationBootstrap(): Promise<void> {
    return this.sharing.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.sharing.stop();
  }
}
