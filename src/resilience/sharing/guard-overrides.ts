import { Inject, Injectable } from '@nestjs/common';
import type { GuardSettings } from '../../config/app-config.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import { startDeadline } from '../time/deadline.ts';
import { CIRCUIT_STORE, type CircuitStore, type StoredOverride } from './circuit-store.ts';
import { CLOCK, type Clock } from '../time/clock.ts';
import { applyOverride, parseOverride, type GuardOverride } from './guard-override.ts';
import { encodeDrill, type Drill } from '../drills/drill.ts';
import { GuardRegistry } from '../guard/guard-registry.ts';
import { CoalescingBuffer } from './coalescing-buffer.ts';
import { PEER_CHANNEL, type PeerChannel } from './peer-channel.ts';

type Decision = Pick<GuardOverride, 'key' | 'value'> & { ttlMs: number | null };
type Change = Decision & { guard: string; madeAt: number };

/** More than there are guards and keys, so that only a bug can fill the buffer. */
const MAX_WAITING = 1_000;
/** Limit for one synchronisation. The store's own limits are shorter. */
const SYNC_LIMIT_MS = 10_000;
/** How long a one-time override, such as a reset, is applied by instances that missed it. No circuit is open longer. */
const ONE_TIME_TTL_MS = 300_000;

const FORGET_NEEDS: Decision = { key: 'needs', value: null, ttlMs: null };
const END_FORCED_MODE: Decision = { key: 'mode', value: null, ttlMs: null };

/**
 * Overrides of guards: operators' decisions, and what was learnt of the services. An override is applied here at once and stored, so that every instance applies it, also
 * after a restart. The newest override of a key wins on every instance. While the store is out, an override holds on
 * this instance and is stored once the store is back.
 *
 * Each method resolves after at most ten seconds with whether the override is stored. It rejects for an unknown guard.
 */
@Injectable()
export class GuardOverrides {
  private readonly pending = new CoalescingBuffer<Change>(MAX_WAITING);
  /** The newest revision applied here, by guard and key. */
  private readonly revisions = new Map<string, number>();

  constructor(
    private readonly guards: GuardRegistry,
    @Inject(CIRCUIT_STORE) private readonly store: CircuitStore,
    @Inject(PEER_CHANNEL) private readonly channel: PeerChannel | undefined,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether an override is still to be stored. */
  get hasUnsaved(): boolean {
    return !this.pending.isEmpty;
  }

  /** Rejects or admits every call for `ttlSeconds`. */
  force(guard: string, mode: 'forced_open' | 'forced_closed', ttlSeconds: number): Promise<boolean> {
    return this.applyChanges(guard, [{ key: 'mode', value: mode, ttlMs: ttlSeconds * 1_000 }]);
  }

  /** Ends a forced mode. */
  release(guard: string): Promise<boolean> {
    return this.applyChanges(guard, [END_FORCED_MODE]);
  }

  /** Admits trials now, and ends a forced mode. */
  startTrials(guard: string): Promise<boolean> {
    return this.applyChanges(guard, [
      END_FORCED_MODE,
      { key: 'circuit', value: 'half-open', ttlMs: ONE_TIME_TTL_MS },
    ]);
  }

  /** Stores what a service was found to need. */
  saveNeeds(guard: string, needs: string): Promise<boolean> {
    return this.applyChanges(guard, [{ key: 'needs', value: needs, ttlMs: null }]);
  }

  /** Closes the circuit, forgets failures, trips, holds and what was learnt, and ends a forced mode. */
  reset(guard: string): Promise<boolean> {
    return this.applyChanges(guard, [
      END_FORCED_MODE,
      FORGET_NEEDS,
      { key: 'circuit', value: 'reset', ttlMs: ONE_TIME_TTL_MS },
    ]);
  }

  /** Begins a drill. */
  beginDrill(guard: string, drill: Drill): Promise<boolean> {
    return this.applyChanges(guard, [{ key: 'drill', value: encodeDrill(drill), ttlMs: drill.ttlMs }]);
  }

  /** Ends the drill that runs, also one of the store itself. */
  endDrill(guard: string): Promise<boolean> {
    return this.applyChanges(guard, [{ key: 'drill', value: null, ttlMs: null }]);
  }

  /** Changes settings beyond a restart; null restores the environment's value. */
  configure(
    guard: string,
    changes: { [Key in keyof GuardSettings]?: GuardSettings[Key] | null },
  ): Promise<boolean> {
    const decisions = Object.entries(changes).map(([key, value]) => {
      return { key: key as keyof GuardSettings, value, ttlMs: null };
    });
    return this.applyChanges(guard, decisions);
  }

  /**
   * Stores what is pending, and applies what other instances have stored.
   * @throws the signal's reason, DeadlineExceededError, or what the store throws
   */
  async sync(signal?: AbortSignal): Promise<void> {
    using deadline = startDeadline(this.clock, SYNC_LIMIT_MS, signal);
    await this.pending.drain((change) => this.save(change, deadline.signal));
    for (const stored of await this.store.readOverrides(deadline.signal)) this.applyStored(stored);
  }

  private async applyChanges(guard: string, decisions: Decision[]): Promise<boolean> {
    const madeAt = this.clock.now();
    for (const decision of decisions) {
      this.apply(guard, { ...decision, leftMs: decision.ttlMs });
      this.pending.enqueue(idOf(guard, decision.key), { ...decision, guard, madeAt });
    }
    await this.sync().catch((error: unknown) => reportSideFailure({ event: 'sharing_failed' }, error));
    return !decisions.some((decision) => this.pending.has(idOf(guard, decision.key)));
  }

  private async save({ guard, key, value, ttlMs, madeAt }: Change, signal: AbortSignal): Promise<void> {
    const ageMs = this.clock.now() - madeAt;
    const leftMs = ttlMs === null ? null : ttlMs - ageMs;
    const revision = await this.store.saveOverride({ guard, key, value, leftMs, ageMs }, signal);
    const id = idOf(guard, key);
    // The store holds a newer override that may have been applied here and then replaced: it must be applied again.
    if (revision === null) this.revisions.delete(id);
    else this.revisions.set(id, revision);
    this.channel?.publish({ kind: 'controls_changed' });
  }

  private applyStored(stored: StoredOverride): void {
    const id = idOf(stored.guard, stored.key);
    if (this.pending.has(id) || stored.revision <= (this.revisions.get(id) ?? 0)) return;
    this.revisions.set(id, stored.revision);
    const control = parseOverride(stored);
    // The configuration of this instance may not have the guard.
    if (control && this.guards.find(stored.guard)) this.apply(stored.guard, control);
  }

  private apply(name: string, control: GuardOverride): void {
    const guard = this.guards.find(name);
    if (!guard) throw new Error(`there is no guard ${name}`);
    applyOverride(guard, control, this.guards.configured(name));
  }
}

function idOf(guard: string, key: string): string {
  return `${guard} ${key}`;
}
