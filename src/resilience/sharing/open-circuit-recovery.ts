import { startDeadline } from '../time/deadline.ts';
import type { CircuitStore } from './circuit-store.ts';
import type { Clock } from '../time/clock.ts';
import type { GuardRegistry } from '../guard/guard-registry.ts';
import { CoalescingBuffer } from './coalescing-buffer.ts';

/** More than there are guards: only a fault could fill it. */
const MAX_WAITING = 1_000;
/** For all that waits; the store's own limits are shorter. */
const STORE_LIMIT_MS = 10_000;

/** Keeps this instance's open circuits over a restart. */
export class OpenCircuitRecovery {
  private readonly outbox = new CoalescingBuffer<{ guard: string }>(MAX_WAITING);

  constructor(
    private readonly guards: GuardRegistry,
    private readonly store: CircuitStore,
    private readonly clock: Clock,
  ) {}

  /** Notes that a circuit has changed; `save` stores how it is then. */
  markChanged(guard: string): void {
    this.outbox.enqueue(guard, { guard });
  }

  /**
   * Stores what was noted.
   * @throws the signal's reason, DeadlineExceededError, or what the store throws
   */
  async save(signal: AbortSignal): Promise<void> {
    const deadline = startDeadline(this.clock, STORE_LIMIT_MS, signal);
    try {
      await this.outbox.drain(({ guard }) => this.saveOne(guard, deadline.signal));
    } finally {
      deadline.clear();
    }
  }

  /**
   * Opens the circuits that were open before the restart, for the time they had left. Those that have changed since
   * the start know better.
   * @throws as `save`
   */
  async restore(signal: AbortSignal): Promise<void> {
    const deadline = startDeadline(this.clock, STORE_LIMIT_MS, signal);
    try {
      for (const { guard: name, leftMs } of await this.store.readOpen(deadline.signal)) {
        const guard = this.guards.find(name);
        // A disabled guard lets no trial through that could close it.
        if (!guard || guard.mode === 'disabled' || leftMs <= 0 || this.outbox.has(name)) continue;
        guard.restoreOpen(leftMs);
      }
    } finally {
      deadline.clear();
    }
  }

  private async saveOne(name: string, signal: AbortSignal): Promise<void> {
    const leftMs = this.guards.find(name)?.openLeftMs ?? 0;
    if (leftMs > 0) await this.store.saveOpen({ guard: name, leftMs }, signal);
    else await this.store.deleteOpen(name, signal);
  }
}
