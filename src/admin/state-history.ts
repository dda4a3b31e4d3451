import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { DeferredRows } from '../postgres/deferred-rows.ts';
import { StateChangesRepository, type StateChange } from '../postgres/state-changes.repository.ts';
import type { Clock } from '../resilience/clock.ts';
import type { GuardEvent } from '../resilience/guard-events.ts';
import { GuardRegistry } from '../resilience/guard-registry.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { mergeChanges } from './merge-changes.ts';

/** Changes of a guard that are held in memory. */
const MAX_HELD = 200;

/** The last changes of a guard, newest first; from this instance's memory alone while the database is away. */
export interface History {
  source: 'database' | 'memory';
  changes: StateChange[];
}

/** Keeps every change of a circuit's state: the last ones in memory, all in the database, where they outlive the process. */
@Injectable()
export class StateHistory implements OnModuleDestroy {
  private readonly held = new Map<string, StateChange[]>();
  private readonly rows: DeferredRows<StateChange>;
  private readonly stopListening: () => void;

  constructor(
    private readonly repository: StateChangesRepository,
    guards: GuardRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.rows = new DeferredRows((change) => repository.save(change), guards, logger);
    this.stopListening = guards.listen((event) => this.hear(event));
  }

  onModuleDestroy(): Promise<void> {
    this.stopListening();
    return this.rows.close();
  }

  /** At most `limit` changes. @throws only the signal's reason */
  async latest(guard: string, limit: number, signal: AbortSignal): Promise<History> {
    const held = this.held.get(guard) ?? [];
    try {
      const stored = await this.repository.latest(guard, limit, signal);
      return { source: 'database', changes: mergeChanges(stored, held, limit) };
    } catch {
      // The guard of the database has logged why.
      signal.throwIfAborted();
      return { source: 'memory', changes: mergeChanges([], held, limit) };
    }
  }

  private hear(event: GuardEvent): void {
    if (event.type !== 'state_change') return;
    const { guard, from, to, failCount } = event;
    const instance = this.config.instanceName;
    const change = { id: randomUUID(), instance, guard, from, to, failCount, at: this.clock.wall() };
    this.held.set(guard, [change, ...(this.held.get(guard) ?? [])].slice(0, MAX_HELD));
    this.rows.put(change);
  }
}
