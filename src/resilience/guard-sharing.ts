import type { Clock } from './clock.ts';
import type { GuardControls } from './guard-controls.ts';
import type { GuardEvent } from './guard-events.ts';
import type { GuardRegistry } from './guard-registry.ts';
import type { OpenCircuits } from './open-circuits.ts';
import type { PeerChannel } from './peer-channel.ts';
import { Peers } from './peers.ts';
import { Repeater } from './repeater.ts';
import type { SharedHealth } from './shared-health.ts';

/** Decisions of other instances are followed at most this much later, also without a channel. */
const POLL_MS = 4_000;
/** Between two tries to reach a store that comes back. */
const RETRY_MS = 1_000;
/** The store's own guard: what could be read from the store proves an open circuit wrong. */
const STORE_GUARD = 'postgres';

/** What a sharing service stands on beside its guards. */
export interface SharingParts {
  /** Undefined when the instances share none. */
  channel: PeerChannel | undefined;
  /** Whether other instances write to the same store: then it is read again and again. */
  isStoreShared: boolean;
  health: SharedHealth;
  clock: Clock;
  random: () => number;
}

/**
 * Lets this instance's guards know of the other instances and of the time before a restart: advice through the channel,
 * operators' decisions and open circuits through the store. Works in the background alone; without channel and store
 * each instance goes on by itself.
 */
export class GuardSharing {
  private readonly store: Repeater;
  private readonly peers: Peers | undefined;
  private isRestored = false;
  private isBehind = false;
  private triedAt = Number.NEGATIVE_INFINITY;
  private endListening: () => void = () => undefined;

  constructor(
    private readonly guards: GuardRegistry,
    private readonly controls: GuardControls,
    private readonly openCircuits: OpenCircuits,
    private readonly parts: SharingParts,
  ) {
    const { channel, isStoreShared, health, clock, random } = parts;
    const onControlsChanged = () => this.store.wake();
    const pollMs = isStoreShared ? POLL_MS : undefined;
    this.store = new Repeater(clock, pollMs, (signal) => this.catchUp(signal), random);
    this.peers = channel && new Peers({ guards, channel, health, clock, onControlsChanged, random });
  }

  /** Whether the store is neither read nor written, and no report is being made. */
  get isAtRest(): boolean {
    return this.store.isAtRest && (this.peers?.isAtRest ?? true);
  }

  /** Starts; resolves when the store was read, or could not be. */
  async start(): Promise<void> {
    this.endListening = this.guards.listen((event) => this.hear(event));
    this.peers?.start();
    await this.store.start();
  }

  /** Ends every wait and call, and says to the others that this instance leaves. */
  async stop(): Promise<void> {
    this.endListening();
    await Promise.all([this.store.stop(), this.peers?.stop()]);
  }

  private hear(event: GuardEvent): void {
    if (event.type === 'state_change') {
      this.peers?.changed();
      if (event.guard === STORE_GUARD) return;
      this.openCircuits.note(event.guard);
      this.store.wake();
    } else if (event.type === 'settled' && event.guard === STORE_GUARD && event.outcome === 'success') {
      const isDue = this.parts.clock.now() - this.triedAt >= RETRY_MS;
      if (isDue && (this.isBehind || this.controls.hasUnsaved)) this.store.wake();
    }
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    this.triedAt = this.parts.clock.now();
    this.isBehind = true;
    if (!this.isRestored) await this.openCircuits.restore(signal);
    this.isRestored = true;
    await this.controls.sync(signal);
    await this.openCircuits.save(signal);
    this.isBehind = false;
  }
}
