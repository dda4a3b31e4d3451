import { Inject, Injectable } from '@nestjs/common';
import { startDeadline } from '../time/deadline.ts';
import { CIRCUIT_STORE, type CircuitStore } from './circuit-store.ts';
import { CLOCK, type Clock } from '../time/clock.ts';
import { GuardRegistry } from '../guard/guard-registry.ts';
import { CoalescingBuffer } from './coalescing-buffer.ts';

/** More than there are guards, so that only a bug can fill the buffer. */
const MAX_WAITING = 1_000;
/** Limit for all pending changes together. The store's own limits are shorter. */
const STORE_LIMIT_MS = 10_000;

/** Stores this instance's open circuits, and opens them again after a restart. */
@Injectable()
export class OpenCircuitRecovery {
  private readonly pending = new CoalescingBuffer<{ guard: string }>(MAX_WAITING);

  constructor(
    private readonly guards: GuardRegistry,
    @Inject(CIRCUIT_STORE) private readonly store: CircuitStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Marks a circuit as changed. `save` stores the state that it has then. */
  markChanged(guard: string): void {
    this.pending.enqueue(guard, { guard });
  }

  /**
   * Stores the changed circuits.
   * @throws the signal's reason, DeadlineExceededError, or what the store throws
   */
  async save(signal: AbortSignal): Promise<void> {
    using deadline = startDeadline(this.clock, STORE_LIMIT_MS, signal);
    await this.pending.drain(({ guard }) => this.saveOne(guard, deadline.signal));
  }

  /**
   * Opens the circuits that were open before the restart, for the time that was left. Circuits that changed since the
   * start are skipped.
   * @throws as `save`
   */
  async restore(signal: AbortSignal): Promise<void> {
    using deadline = startDeadline(this.clock, STORE_LIMIT_MS, signal);
    for (const { guard: name, leftMs } of await this.store.readOpen(deadline.signal)) {
      const guard = this.guards.find(name);
      // A disabled guard makes no trials, so nothing could close its circuit.
      if (!guard || guard.mode === 'disabled' || leftMs <= 0 || this.pending.has(name)) continue;
      guard.restoreOpen(leftMs);
    }
  }

  private async saveOne(name: string, signal: AbortSignal): Promise<void> {
    const guard = this.guards.find(name);
    // A drill ends with the process, and so does what it has opened.
    const leftMs = guard?.injection.isFelt ? 0 : (guard?.openLeftMs ?? 0);
    if (leftMs > 0) await this.store.saveOpen({ guard: name, leftMs }, signal);
    else await this.store.deleteOpen(name, signal);
  }
}
