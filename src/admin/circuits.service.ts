import { Injectable } from '@nestjs/common';
import { toBreakerValues, toGuardSettings } from '../config/guard-variables.ts';
import { AppError } from '../http/app-error.ts';
import { GuardOverrides } from '../resilience/sharing/guard-overrides.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import type { Guard } from '../resilience/guard/guard.ts';
import type { Actor } from './actor.ts';
import {
  DEFAULT_TTL_SECONDS,
  readChanges,
  type ForceBody,
  type ResetBody,
  type SettingsBody,
} from './admin.schema.ts';
import { AuditTrail, type NewAction } from './audit-trail.ts';
import { StateHistory } from './state-history.ts';

/** The result of an action. `stored`: whether it is in the database, from which every instance applies it. */
type Done = Pick<NewAction, 'action' | 'changes' | 'ttlSeconds'> & {
  reason: string | undefined;
  stored: boolean;
};

/** Controls the guards. Every action is applied first and recorded second, also without a database. */
@Injectable()
export class CircuitsService {
  constructor(
    private readonly guards: GuardRegistry,
    private readonly controls: GuardOverrides,
    private readonly audit: AuditTrail,
    private readonly history: StateHistory,
  ) {}

  /** All guards with their settings. */
  list() {
    const views = this.guards.all.map((guard) => [guard.name, show(guard)] as const);
    return { circuit_breakers: Object.fromEntries(views) };
  }

  /** Forces a state; open and closed expire. @throws AppError `not_found` */
  async force(name: string, { reason, ...changes }: ForceBody, actor: Actor) {
    const guard = this.find(name);
    const { state, ttl_seconds: ttlSeconds = DEFAULT_TTL_SECONDS } = changes;
    const action = { action: 'force_state', changes, reason } as const;
    if (state === 'half-open') {
      const stored = await this.controls.startTrials(name);
      return this.done(guard, actor, { ...action, ttlSeconds: null, stored });
    }
    const mode = state === 'open' ? 'forced_open' : 'forced_closed';
    const stored = await this.controls.force(name, mode, ttlSeconds);
    return this.done(guard, actor, { ...action, ttlSeconds, stored });
  }

  /** Closes the circuit and forgets failures. @throws AppError `not_found` */
  async reset(name: string, body: ResetBody, actor: Actor) {
    const guard = this.find(name);
    const stored = await this.controls.reset(name);
    const action = { action: 'reset', changes: {}, ttlSeconds: null, reason: body?.reason } as const;
    return this.done(guard, actor, { ...action, stored });
  }

  /** Changes settings without losing counts. @throws AppError `not_found` */
  async configure(name: string, body: SettingsBody, actor: Actor) {
    const guard = this.find(name);
    const { reason, ...changes } = body;
    const stored = await this.controls.configure(name, toGuardSettings(readChanges(body)));
    return this.done(guard, actor, { action: 'configure', changes, ttlSeconds: null, reason, stored });
  }

  /** The state changes of a circuit. @throws AppError `not_found`; the signal's reason */
  async changes(name: string, limit: number, signal: AbortSignal) {
    const guard = this.find(name);
    const { source, changes } = await this.history.latest(guard.name, limit, signal);
    const shown = changes.map(({ at, from, to, failCount, instance }) => ({
      at: at / 1_000,
      from_state: from,
      to_state: to,
      fail_count: failCount,
      instance,
    }));
    return { name, source, changes: shown };
  }

  private async done(guard: Guard, { name: actor, requestId }: Actor, { stored, ...done }: Done) {
    const action = { ...done, reason: done.reason ?? null, guard: guard.name, actor, requestId };
    const audited = await this.audit.record(action);
    return { circuit_breaker: show(guard), stored, audited };
  }

  private find(name: string): Guard {
    const guard = this.guards.find(name);
    if (!guard) throw new AppError('not_found', { message: 'There is no such guard.' });
    return guard;
  }
}

/** The guard as monitoring sees it, with the settings in the names of the PATCH body. */
function show(guard: Guard) {
  const values = Object.entries(toBreakerValues(guard.configured));
  const settings = Object.fromEntries(values.map(([name, value]) => [name.toLowerCase(), value]));
  return { ...guard.snapshot(), settings };
}
