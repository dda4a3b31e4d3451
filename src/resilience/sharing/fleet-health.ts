import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CLOCK, type Clock } from '../time/clock.ts';
import { GuardRegistry } from '../guard/guard-registry.ts';
import { addCounts, serviceHealthSchema, summarise } from '../health/health-counts.ts';
import type { HealthReport } from './peer-message.ts';
import { RollingHealth, type RecentCounts } from '../health/rolling-health.ts';

/** The health of one service over all live instances. */
export const fleetServiceHealthSchema = serviceHealthSchema.extend({
  instances: z.number().describe('Instances whose calls are counted, including this one'),
});
export type FleetServiceHealth = z.infer<typeof fleetServiceHealthSchema>;

interface Peer {
  liveUntil: number;
  services: Map<string, RecentCounts>;
}

/** Reports of more instances than this are ignored. Raising it lets a forged stream of instance names use more memory. */
const MAX_PEERS = 1_000;

/** Exchanges call counts with the other instances. For display only: no rule depends on it. */
@Injectable()
export class FleetHealth {
  private readonly peers = new Map<string, Peer>();

  constructor(
    private readonly own: RollingHealth,
    private readonly guards: GuardRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The health of a service over all instances; null without other live instances. */
  health(name: string): FleetServiceHealth | null {
    const now = this.clock.now();
    const live = [...this.peers.values()].filter(({ liveUntil }) => liveUntil > now);
    if (live.length === 0) return null;
    const reported = live.map(({ services }) => services.get(name)).filter((counts) => counts !== undefined);
    const all = [this.own.counts(name), ...reported];
    return {
      instances: live.length + 1,
      minute: summarise(addCounts(all.map(({ minute }) => minute))),
      hour: summarise(addCounts(all.map(({ hour }) => hour))),
    };
  }

  /** The report for the other instances, valid for `ttlMs`. */
  report(instance: string, ttlMs: number): HealthReport {
    const services = this.guards.all.map(({ name }) => [name, this.own.counts(name)] as const);
    return { kind: 'health', instance, ttl_ms: ttlMs, services: Object.fromEntries(services) };
  }

  /** Takes the report of another instance. */
  handleReport({ instance, ttl_ms: ttlMs, services }: HealthReport): void {
    const now = this.clock.now();
    for (const [known, { liveUntil }] of this.peers) if (liveUntil <= now) this.peers.delete(known);
    if (!this.peers.has(instance) && this.peers.size >= MAX_PEERS) return;
    this.peers.set(instance, { liveUntil: now + ttlMs, services: new Map(Object.entries(services)) });
  }
}
