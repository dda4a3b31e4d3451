import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { CLOCK, type Clock } from '../time/clock.ts';
import { GuardOverrides } from './guard-overrides.ts';
import { GuardRegistry } from '../guard/guard-registry.ts';
import { GuardSharing } from './guard-sharing.ts';
import { OpenCircuitRecovery } from './open-circuit-recovery.ts';
import { PEER_CHANNEL, type PeerChannel } from './peer-channel.ts';
import { RANDOM } from '../resilience.module.ts';
import { FleetHealth } from './fleet-health.ts';

/** Shares guards between instances and over restarts, through the store and the channel that other modules provide. */
@Global()
@Module({
  providers: [
    GuardOverrides,
    OpenCircuitRecovery,
    FleetHealth,
    {
      provide: GuardSharing,
      inject: [
        GuardRegistry,
        GuardOverrides,
        OpenCircuitRecovery,
        APP_CONFIG,
        CLOCK,
        PEER_CHANNEL,
        FleetHealth,
        RANDOM,
      ],
      useFactory: (
        guards: GuardRegistry,
        overrides: GuardOverrides,
        recovery: OpenCircuitRecovery,
        { database }: AppConfig,
        clock: Clock,
        channel: PeerChannel | undefined,
        health: FleetHealth,
        random: () => number,
      ) => {
        // Only one process uses an embedded database.
        const isStoreShared = database.url !== undefined;
        const options = { channel, isStoreShared, health, clock, random };
        return new GuardSharing(guards, overrides, recovery, options);
      },
    },
  ],
  exports: [GuardOverrides, FleetHealth],
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
