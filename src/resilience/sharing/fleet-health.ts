import type { Clock } from '../time/clock.ts';
import type { GuardRegistry } from '../guard/guard-registry.ts';
import { addCounts, summarise, type HealthCounts, type ServiceHealth } from '../health/health-counts.ts';
import { LatencyHistogram } from '../health/latency-histogram.ts';
import type { HealthReport } from './peer-message.ts';
import type { RecentCounts, RollingHealth } from '../health/rolling-health.ts';

/** The health of one service as all live instances see it together. */
export interface FleetServiceHealth extends ServiceHealth {
  /** Those whose calls are counted, this one among them. */
  instances: number;
}

interface Peer {
  liveUntil: number;
  services: Map<string, RecentCounts>;
}

/** More instances than any service has: further ones are not listened to. */
const MAX_PEERS = 1_000;

/** What this instance tells the others about the services it calls, and what it was told. For showing alone. */
export class FleetHealth {
  private readonly peers = new Map<string, Peer>();

  constructor(
    private readonly own: RollingHealth,
    private readonly guards: GuardRegistry,
    private readonly clock: Clock,
  ) {}

  /** The whole picture of a service; null while no other instance is known to live. */
  health(name: string): FleetServiceHealth | null {
    const now = this.clock.now();
    const live = [...this.peers.values()].filter(({ liveUntil }) => liveUntil > now);
    if (live.length === 0) return null;
    const told = live.map(({ services }) => services.get(name)).filter((counts) => counts !== undefined);
    const all = [this.own.counts(name), ...told];
    return {
      instances: live.length + 1,
      minute: summarise(addCounts(all.map(({ minute }) => minute))),
      hour: summarise(addCounts(all.map(({ hour }) => hour))),
    };
  }

  /** What the others are told, to hold for `ttlMs`. */
  report(instance: string, ttlMs: number): HealthReport {
    const services = this.guards.all.map(({ name }) => {
      const { minute, hour } = this.own.counts(name);
      return [name, { minute: write(minute), hour: write(hour) }] as const;
    });
    return { kind: 'health', instance, ttl_ms: ttlMs, services: Object.fromEntries(services) };
  }

  /** Takes what another instance has told. */
  handleReport({ instance, ttl_ms: ttlMs, services }: HealthReport): void {
    const now = this.clock.now();
    for (const [known, { liveUntil }] of this.peers) if (liveUntil <= now) this.peers.delete(known);
    if (!this.peers.has(instance) && this.peers.size >= MAX_PEERS) return;
    const read = Object.entries(services).map(([name, { minute, hour }]) => {
      return [name, { minute: readCounts(minute), hour: readCounts(hour) }] as const;
    });
    this.peers.set(instance, { liveUntil: now + ttlMs, services: new Map(read) });
  }
}

type Written = HealthReport['services'][string]['minute'];

function write(counts: HealthCounts): Written {
  return { ...counts, latencies: counts.latencies.pairs };
}

function readCounts(written: Written): HealthCounts {
  return { ...written, latencies: LatencyHistogram.from(written.latencies) };
}
