import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { DeferredWrites, type WriteBehindQueue } from '../postgres/records/write-behind-queue.ts';
import {
  StateChangesRepository,
  type Span,
  type StateChange,
} from '../postgres/records/state-changes.repository.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import type { GuardEvent } from '../resilience/guard/guard-events.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { readRecent, type RecentRows } from './recent-rows.ts';

/** Changes kept in memory per guard. Raising it costs memory and shows more history during a database outage. */
const MAX_HELD = 200;

/** Records every state change of a circuit: the last ones in memory, all of them in the database. */
@Injectable()
export class StateHistory implements OnApplicationShutdown {
  private readonly held = new Map<string, StateChange[]>();
  private readonly rows: WriteBehindQueue<StateChange>;
  private readonly stopListening: () => void;

  constructor(
    private readonly repository: StateChangesRepository,
    guards: GuardRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    writes: DeferredWrites,
  ) {
    this.rows = writes.create((change) => repository.save(change));
    this.stopListening = guards.subscribe((event) => this.record(event));
  }

  onApplicationShutdown(): Promise<void> {
    this.stopListening();
    return this.rows.close();
  }

  /** At most `limit` changes. @throws only the signal's reason */
  latest(guard: string, limit: number, signal: AbortSignal): Promise<RecentRows<StateChange>> {
    const stored = this.repository.latest(guard, limit, signal);
    return readRecent(stored, this.held.get(guard) ?? [], limit, signal);
  }

  /** The changes of all guards in a span of time. @throws only the signal's reason */
  between(span: Span, signal: AbortSignal): Promise<RecentRows<StateChange>> {
    const held = [...this.held.values()].flat().filter(({ at }) => at >= span.from && at <= span.to);
    return readRecent(this.repository.between(span, signal), held, span.limit, signal);
  }

  private record(event: GuardEvent): void {
    if (event.type !== 'state_change') return;
    const { guard, from, to, failCount } = event;
    const instance = this.config.instanceName;
    const change = { id: randomUUID(), instance, guard, from, to, failCount, at: this.clock.wall() };
    this.held.set(guard, [change, ...(this.held.get(guard) ?? [])].slice(0, MAX_HELD));
    this.rows.enqueue(change);
  }
}
