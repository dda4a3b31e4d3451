import type { GuardSettings } from '../config/app-config.ts';
import { startDeadline } from './abort.ts';
import type { CircuitStore, StoredControl } from './circuit-store.ts';
import type { Clock } from './clock.ts';
import { applyControl, parseControl, type Control, type ControlKey } from './control.ts';
import type { GuardRegistry } from './guard-registry.ts';
import { Outbox } from './outbox.ts';
import type { PeerChannel } from './peer-channel.ts';

type Decision = { guard: string; key: ControlKey; value: Control['value']; ttlMs: number | null };
type Change = Decision & { madeAt: number };

/** More than there are guards and keys: only a fault could fill it. */
const MAX_WAITING = 1_000;
/** The store's own limits are shorter. */
const SYNC_LIMIT_MS = 10_000;
/** An instance that was away longer does not repeat what was done once; no circuit is open longer either. */
const MOMENT_TTL_MS = 300_000;

/**
 * What operators decide about guards: followed here at once, stored, and so followed by every instance, also after a
 * restart. Of two decisions about the same the newest wins everywhere. While the store is away a decision holds here,
 * and is stored when the store is back.
 *
 * Each method resolves with whether the decision is stored, after ten seconds at most, and rejects when there is no
 * such guard.
 */
export class GuardControls {
  private readonly outbox = new Outbox<Change>(MAX_WAITING);
  /** The newest revision followed here, by guard and key. */
  private readonly revisions = new Map<string, number>();

  constructor(
    private readonly guards: GuardRegistry,
    private readonly store: CircuitStore,
    private readonly channel: PeerChannel | undefined,
    private readonly clock: Clock,
  ) {}

  /** Whether a decision waits to be stored. */
  get hasUnsaved(): boolean {
    return !this.outbox.isEmpty;
  }

  /** Refuses every call, or lets every call pass, until the time is over. */
  force(guard: string, mode: 'forced_open' | 'forced_closed', ttlSeconds: number): Promise<boolean> {
    return this.decide([{ guard, key: 'mode', value: mode, ttlMs: ttlSeconds * 1_000 }]);
  }

  /** Lets trials through now, and ends a forced mode. */
  tryNow(guard: string): Promise<boolean> {
    return this.decide([
      { guard, key: 'mode', value: null, ttlMs: null },
      { guard, key: 'circuit', value: 'half-open', ttlMs: MOMENT_TTL_MS },
    ]);
  }

  /** Closes the circuit, forgets failures, trips and waiting times, and ends a forced mode. */
  reset(guard: string): Promise<boolean> {
    return this.decide([
      { guard, key: 'mode', value: null, ttlMs: null },
      { guard, key: 'circuit', value: 'reset', ttlMs: MOMENT_TTL_MS },
    ]);
  }

  /** Changes settings; null sets one back to what the environment says. They outlive restarts. */
  configure(
    guard: string,
    changes: { [Key in keyof GuardSettings]?: GuardSettings[Key] | null },
  ): Promise<boolean> {
    const decisions = Object.entries(changes).map(([key, value]) => ({
      guard,
      key: key as keyof GuardSettings,
      value,
      ttlMs: null,
    }));
    return this.decide(decisions);
  }

  /**
   * Stores what waits, and follows what others have stored.
   * @throws the signal's reason, DeadlineExceededError, or what the store throws
   */
  async sync(signal?: AbortSignal): Promise<void> {
    const deadline = startDeadline(this.clock, SYNC_LIMIT_MS, signal);
    try {
      await this.outbox.drain((change) => this.save(change, deadline.signal));
      for (const stored of await this.store.readControls(deadline.signal)) this.follow(stored);
    } finally {
      deadline.clear();
    }
  }

  private async decide(decisions: Decision[]): Promise<boolean> {
    const madeAt = this.clock.now();
    for (const decision of decisions) {
      this.apply(decision.guard, { ...decision, leftMs: decision.ttlMs });
      this.outbox.put(idOf(decision), { ...decision, madeAt });
    }
    // The guard of the store has logged what failed, and the decision goes on waiting.
    await this.sync().catch(() => undefined);
    return !decisions.some((decision) => this.outbox.has(idOf(decision)));
  }

  private async save({ guard, key, value, ttlMs, madeAt }: Change, signal: AbortSignal): Promise<void> {
    const ageMs = this.clock.now() - madeAt;
    const leftMs = ttlMs === null ? null : ttlMs - ageMs;
    const revision = await this.store.saveControl({ guard, key, value, leftMs, ageMs }, signal);
    const id = idOf({ guard, key });
    // A newer decision that was already followed here, and then replaced, has to be followed again.
    if (revision === null) this.revisions.delete(id);
    else this.revisions.set(id, revision);
    this.channel?.publish({ kind: 'controls_changed' });
  }

  private follow(stored: StoredControl): void {
    const id = idOf(stored);
    if (this.outbox.has(id) || stored.revision <= (this.revisions.get(id) ?? 0)) return;
    this.revisions.set(id, stored.revision);
    const control = parseControl(stored);
    // Guards come and go with the configuration.
    if (control && this.guards.find(stored.guard)) this.apply(stored.guard, control);
  }

  private apply(name: string, control: Control): void {
    const guard = this.guards.find(name);
    if (!guard) throw new Error(`there is no guard ${name}`);
    applyControl(guard, control, this.guards.configured(name));
  }
}

function idOf({ guard, key }: { guard: string; key: string }): string {
  return `${guard} ${key}`;
}
