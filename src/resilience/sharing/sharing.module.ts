import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { CIRCUIT_STORE, type CircuitStore } from './circuit-store.ts';
import type { Clock } from '../time/clock.ts';
import { GuardControls } from './guard-overrides.ts';
import { GuardRegistry } from '../guard/guard-registry.ts';
import { GuardSharing } from './guard-sharing.ts';
import { OpenCircuits } from './open-circuit-recovery.ts';
import { PEER_CHANNEL, type PeerChannel } from './peer-channel.ts';
import { CLOCK, RANDOM } from '../resilience.module.ts';
import { SharedHealth } from './fleet-health.ts';

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
      ) => {
        // The embedded database belongs to one process.
        const isStoreShared = database.url !== undefined;
        return new GuardSharing(guards, controls, openCircuits, {
          channel,
          isStoreShared,
          health,
          clock,
          random,
        });
      },
    },
  ],
  exports: [GuardControls],
})
export class SharingModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly sharing: GuardSharing) {}

  onApplicationBootstrap(): Promise<void> {
    return this.sharing.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.sharing.stop();
  }
}
