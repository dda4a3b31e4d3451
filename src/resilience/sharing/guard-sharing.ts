import type { Clock } from '../time/clock.ts';
import type { GuardOverrides } from './guard-overrides.ts';
import type { GuardEvent } from '../guard/guard-events.ts';
import type { GuardRegistry } from '../guard/guard-registry.ts';
import type { OpenCircuitRecovery } from './open-circuit-recovery.ts';
import type { PeerChannel } from './peer-channel.ts';
import { Peers } from './peers.ts';
import { BackgroundLoop } from '../time/background-loop.ts';
import type { FleetHealth } from './fleet-health.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import { waitForStop } from '../time/stop-limit.ts';

/** Overrides of other instances are applied at most this much later, also without a channel. Raising it delays operators' actions. */
const POLL_MS = 4_000;
/** Pause between two attempts to reach a store that is out. */
const RETRY_MS = 1_000;
/** The store's own guard. Its circuit is not stored: reading it back would prove it wrong. */
const STORE_GUARD = 'postgres';

/** What sharing needs beside the guards. */
export interface SharingOptions {
  /** Undefined when the instances share no channel. */
  channel: PeerChannel | undefined;
  /** Whether other instances write to the same store, which is then polled. */
  isStoreShared: boolean;
  health: FleetHealth;
  clock: Clock;
  random: () => number;
}

/**
 * Shares guards between instances and over restarts: peers' hints through the channel, operators' overrides and open
 * circuits through the store. All of it runs in the background. Without channel and store each instance works alone.
 */
export class GuardSharing {
  private readonly storeLoop: BackgroundLoop;
  private readonly peers: Peers | undefined;
  private isRestored = false;
  private isBehind = false;
  private triedAt = Number.NEGATIVE_INFINITY;
  private endListening: () => void = () => undefined;

  constructor(
    private readonly guards: GuardRegistry,
    private readonly overrides: GuardOverrides,
    private readonly recovery: OpenCircuitRecovery,
    private readonly options: SharingOptions,
  ) {
    const { channel, isStoreShared, health, clock, random } = options;
    const onControlsChanged = () => this.storeLoop.wake();
    const pollMs = isStoreShared ? POLL_MS : undefined;
    this.storeLoop = new BackgroundLoop(
      'sharing',
      clock,
      pollMs,
      (signal) => this.synchronize(signal),
      random,
    );
    this.peers = channel && new Peers({ guards, channel, health, clock, onControlsChanged, random });
  }

  /** Whether the store is neither read nor written, and no report is being made. */
  get isAtRest(): boolean {
    return this.storeLoop.isAtRest && (this.peers?.isAtRest ?? true);
  }

  /** Starts sharing. Resolves when the store was read or could not be read. */
  async start(): Promise<void> {
    this.endListening = this.guards.subscribe((event) => this.handleEvent(event));
    this.peers?.start();
    await this.storeLoop.start();
  }

  /** Ends every wait and call, and reports to the other instances that this one leaves. */
  stop(): Promise<void> {
    this.endListening();
    return waitForStop(Promise.all([this.storeLoop.stop(), this.peers?.stop()]), this.options.clock);
  }

  private handleEvent(event: GuardEvent): void {
    if (event.type === 'state_change') {
      this.peers?.announceChange();
      if (event.guard === STORE_GUARD) return;
      this.recovery.markChanged(event.guard);
      this.storeLoop.wake();
    } else if (event.type === 'learnt') {
      void this.overrides.saveNeeds(event.guard, event.needs);
    } else if (event.type === 'settled' && event.guard === STORE_GUARD && event.outcome === 'success') {
      const isDue = this.options.clock.now() - this.triedAt >= RETRY_MS;
      if (isDue && (this.isBehind || this.overrides.hasUnsaved)) this.storeLoop.wake();
    }
  }

  private async synchronize(signal: AbortSignal): Promise<void> {
    this.triedAt = this.options.clock.now();
    this.isBehind = true;
    try {
      if (!this.isRestored) await this.recovery.restore(signal);
      this.isRestored = true;
      await this.overrides.sync(signal);
      await this.recovery.save(signal);
      this.isBehind = false;
    } catch (error) {
      // The next run tries again.
      if (!signal.aborted) reportSideFailure({ event: 'sharing_failed' }, error);
    }
  }
}
