import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { AdminActionsRepository, type AdminAction } from '../postgres/records/admin-actions.repository.ts';
import type { Span } from '../postgres/records/state-changes.repository.ts';
import { DeferredWrites, type WriteBehindQueue } from '../postgres/records/write-behind-queue.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { readRecent, type RecentRows } from './recent-rows.ts';

/** An action to record. `ttlSeconds` is null when it does not expire. */
export type NewAction = Omit<AdminAction, 'id' | 'madeAt' | 'endsAt'> & { ttlSeconds: number | null };

/** Actions kept in memory. Raising it costs memory and shows more of them during a database outage. */
const MAX_HELD = 200;

/** An action of the past, with its time in epoch milliseconds. */
type PastAction = AdminAction & { at: number };

/** Records who did what and until when: in the log at once, in the database as soon as possible. */
@Injectable()
export class AuditTrail implements OnApplicationShutdown {
  private readonly rows: WriteBehindQueue<AdminAction>;
  private held: PastAction[] = [];

  constructor(
    private readonly repository: AdminActionsRepository,
    writes: DeferredWrites,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.rows = writes.create((action) => repository.save(action));
  }

  onApplicationShutdown(): Promise<void> {
    return this.rows.close();
  }

  /** Records an action. Resolves with whether it is stored; never rejects. */
  record({ ttlSeconds, ...action }: NewAction): Promise<boolean> {
    const now = this.clock.wall();
    const endsAt = ttlSeconds === null ? null : new Date(now + ttlSeconds * 1_000);
    const { guard: breaker_name, actor, action: kind, changes, reason } = action;
    const ends_at = endsAt?.toISOString() ?? null;
    this.logger.warn({ event: 'admin_action', breaker_name, actor, action: kind, changes, ends_at, reason });
    const row = { ...action, id: randomUUID(), madeAt: new Date(now), endsAt };
    this.held = [{ ...row, at: now }, ...this.held].slice(0, MAX_HELD);
    return this.rows.add(row);
  }

  /** The actions in a span of time. @throws only the signal's reason */
  between(span: Span, signal: AbortSignal): Promise<RecentRows<PastAction>> {
    const held = this.held.filter(({ at }) => at >= span.from && at <= span.to);
    const reading = this.repository.between(span, signal);
    const stored = reading.then((rows) => rows.map((row) => ({ ...row, at: row.madeAt.getTime() })));
    return readRecent(stored, held, span.limit, signal);
  }
}
