import type { Clock } from '../time/clock.ts';
import type { PeerReport } from './peer-message.ts';

interface Peer {
  sequence: number;
  liveUntil: number;
  /** By guard, until when it is open. */
  open: Map<string, number>;
}

/** Reports of more instances than this are ignored. Raising it lets a forged stream of instance names use more memory. */
const MAX_PEERS = 1_000;
/** How long an expired instance is remembered, so that a delayed report does not revive it. */
const MEMORY_MS = 60_000;

/** Which circuits the other instances report open. Reports expire by this instance's own clock. */
export class PeerHint {
  private readonly peers = new Map<string, Peer>();

  constructor(private readonly clock: Clock) {}

  /** Other live instances. */
  get livePeers(): number {
    return this.live().length;
  }

  /** Takes the report of another instance, unless a later report was received. */
  handleReport(report: PeerReport): void {
    const now = this.clock.now();
    this.removeExpired(now);
    const known = this.peers.get(report.instance);
    if (known ? known.sequence >= report.sequence : this.peers.size >= MAX_PEERS) return;
    const open = Object.entries(report.open).map(([guard, leftMs]) => [guard, now + leftMs] as const);
    this.peers.set(report.instance, {
      sequence: report.sequence,
      liveUntil: now + report.ttl_ms,
      open: new Map(open),
    });
  }

  /** Whether at least half of the live peers, and at least one, see this circuit open; null when there are none. */
  suggestsOpening(guard: string): boolean | null {
    const now = this.clock.now();
    const live = this.live();
    const open = live.filter((peer) => (peer.open.get(guard) ?? now) > now).length;
    return live.length === 0 ? null : open > 0 && open * 2 >= live.length;
  }

  private live(): Peer[] {
    const now = this.clock.now();
    return [...this.peers.values()].filter(({ liveUntil }) => liveUntil > now);
  }

  private removeExpired(now: number): void {
    for (const [instance, { liveUntil }] of this.peers)
      if (liveUntil + MEMORY_MS <= now) this.peers.delete(instance);
  }
}
