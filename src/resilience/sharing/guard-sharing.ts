import type { Clock } from '../time/clock.ts';
import type { GuardOverrides } from './guard-overrides.ts';
import type { GuardEvent } from '../guard/guard-events.ts';
import type { GuardRegistry } from '../guard/guard-registry.ts';
import type { OpenCircuitRecovery } from './open-circuit-recovery.ts';
import type { PeerChannel } from './peer-channel.ts';
import { Peers } from './peers.ts';
import { BackgroundLoop } from '../time/background-loop.ts';
import type { FleetHealth } from './fleet-health.ts';
import { waitForStop } from '../time/stop-limit.ts';

/** Decisions of other instances are followed at most this much later, also without a channel. */
const POLL_MS = 4_000;
/** Between two tries to reach a store that comes back. */
const RETRY_MS = 1_000;
/** The store's own guard: what could be read from the store proves an open circuit wrong. */
const STORE_GUARD = 'postgres';

/** What a sharing service stands on beside its guards. */
export interface SharingDependencies {
  /** Undefined when the instances share none. */
  channel: PeerChannel | undefined;
  /** Whether other instances write to the same store: then it is read again and again. */
  isStoreShared: boolean;
  health: FleetHealth;
  clock: Clock;
  random: () => number;
}

/**
 * Lets this instance's guards know of the other instances and of the time before a restart: advice through the channel,
 * operators' decisions and open circuits through the store. Works in the background alone; without channel and store
 * each instance goes on by itself.
 */
export class GuardSharing {
  private readonly store: BackgroundLoop;
  private readonly peers: Peers | undefined;
  private isRestored = false;
  private isBehind = false;
  private triedAt = Number.NEGATIVE_INFINITY;
  private endListening: () => void = () => undefined;

  constructor(
    private readonly guards: GuardRegistry,
    private readonly controls: GuardOverrides,
    private readonly openCircuits: OpenCircuitRecovery,
    private readonly parts: SharingDependencies,
  ) {
    const { channel, isStoreShared, health, clock, random } = parts;
    const onControlsChanged = () => this.store.wake();
    const pollMs = isStoreShared ? POLL_MS : undefined;
    this.store = new BackgroundLoop(clock, pollMs, (signal) => this.synchronize(signal), random);
    this.peers = channel && new Peers({ guards, channel, health, clock, onControlsChanged, random });
  }

  /** Whether the store is neither read nor written, and no report is being made. */
  get isAtRest(): boolean {
    return this.store.isAtRest && (this.peers?.isAtRest ?? true);
  }

  /** Starts; resolves when the store was read, or could not be. */
  async start(): Promise<void> {
    this.endListening = this.guards.subscribe((event) => this.handleEvent(event));
    this.peers?.start();
    await this.store.start();
  }

  /** Ends every wait and call, and says to the others that this instance leaves. */
  stop(): Promise<void> {
    this.endListening();
    return waitForStop(Promise.all([this.store.stop(), this.peers?.stop()]), this.parts.clock);
  }

  private handleEvent(event: GuardEvent): void {
    if (event.type === 'state_change') {
      this.peers?.announceChange();
      if (event.guard === STORE_GUARD) return;
      this.openCircuits.markChanged(event.guard);
      this.store.wake();
    } else if (event.type === 'settled' && event.guard === STORE_GUARD && event.outcome === 'success') {
      const isDue = this.parts.clock.now() - this.triedAt >= RETRY_MS;
      if (isDue && (this.isBehind || this.controls.hasUnsaved)) this.store.wake();
    }
  }

  private async synchronize(signal: AbortSignal): Promise<void> {
    this.triedAt = this.parts.clock.now();
    this.isBehind = true;
    if (!this.isRestored) await this.openCircuits.restore(signal);
    this.isRestored = true;
    await this.controls.sync(signal);
    await this.openCircuits.save(signal);
    this.isBehind = false;
  }
}
