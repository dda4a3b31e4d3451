import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { AdminActionsRepository, type AdminAction } from '../postgres/records/admin-actions.repository.ts';
import { DeferredWrites, type WriteBehindQueue } from '../postgres/records/write-behind-queue.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { LOGGER } from '../telemetry/logger.ts';

/** An action to record. `ttlSeconds` is null when it does not expire. */
export type NewAction = Omit<AdminAction, 'id' | 'madeAt' | 'endsAt'> & { ttlSeconds: number | null };

/** Records who did what and until when: in the log at once, in the database as soon as possible. */
@Injectable()
export class AuditTrail implements OnApplicationShutdown {
  private readonly rows: WriteBehindQueue<AdminAction>;

  constructor(
    repository: AdminActionsRepository,
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
    return this.rows.add({ ...action, id: randomUUID(), madeAt: new Date(now), endsAt });
  }
}
