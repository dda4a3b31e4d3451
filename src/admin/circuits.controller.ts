import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import type { GuardSettings } from '../config/app-config.ts';
import { toBreakerValues, toGuardSettings } from '../config/guard-variables.ts';
import { AppError } from '../http/app-error.ts';
import { CallerSignal } from '../http/requests/caller-signal.ts';
import { GuardOverrides } from '../resilience/sharing/guard-overrides.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import type { Guard } from '../resilience/guard/guard.ts';
import { AdminTokenGuard, CurrentActor, type Actor } from './admin-token.guard.ts';
import {
  DEFAULT_TTL_SECONDS,
  forceSchema,
  historySchema,
  readChanges,
  resetSchema,
  settingsSchema,
  type ForceBody,
  type HistoryQuery,
  type ResetBody,
  type SettingsBody,
} from './admin.schema.ts';
import { AuditTrail, type NewAction } from './audit-trail.ts';
import type {
  actionSchema,
  ConfiguredGuard,
  guardListSchema,
  historyResponseSchema,
} from './response.schema.ts';
import { StateHistory } from './state-history.ts';

/** The result of an action. `stored`: whether it is in the database, from which every instance applies it. */
type Done = Pick<NewAction, 'action' | 'changes' | 'ttlSeconds'> & {
  reason: string | undefined;
  stored: boolean;
};

/**
 * `/admin/circuit-breakers`: shows and controls the guards. Every action is applied first and recorded second, also
 * without a database. Each route with a name throws AppError `not_found`.
 */
@Controller('admin/circuit-breakers')
@UseGuards(AdminTokenGuard)
export class CircuitsController {
  constructor(
    private readonly guards: GuardRegistry,
    private readonly controls: GuardOverrides,
    private readonly audit: AuditTrail,
    private readonly stateHistory: StateHistory,
  ) {}

  /** All guards with their settings. */
  @Get()
  list(): z.infer<typeof guardListSchema> {
    const views = this.guards.all.map((guard) => [guard.name, this.show(guard)] as const);
    return { circuit_breakers: Object.fromEntries(views) };
  }

  /** Forces a state, of which open and closed expire; `auto` ends a forced one. */
  @Post(':name/force-state')
  @HttpCode(200)
  async force(
    @Param('name') name: string,
    @Body({ schema: forceSchema }) { reason, ...changes }: ForceBody,
    @CurrentActor() actor: Actor,
  ) {
    const guard = this.find(name);
    const { state, ttl_seconds: ttlSeconds = DEFAULT_TTL_SECONDS } = changes;
    const action = { action: 'force_state', changes, reason } as const;
    if (state === 'half-open' || state === 'auto') {
      const stored = await (state === 'auto' ? this.controls.release(name) : this.controls.startTrials(name));
      return this.done(guard, actor, { ...action, ttlSeconds: null, stored });
    }
    const mode = state === 'open' ? 'forced_open' : 'forced_closed';
    const stored = await this.controls.force(name, mode, ttlSeconds);
    return this.done(guard, actor, { ...action, ttlSeconds, stored });
  }

  /** Closes the circuit and forgets failures. */
  @Post(':name/reset')
  @HttpCode(200)
  async reset(
    @Param('name') name: string,
    @Body({ schema: resetSchema }) body: ResetBody,
    @CurrentActor() actor: Actor,
  ) {
    const guard = this.find(name);
    const stored = await this.controls.reset(name);
    const action = { action: 'reset', changes: {}, ttlSeconds: null, reason: body?.reason } as const;
    return this.done(guard, actor, { ...action, stored });
  }

  /** Changes settings without losing counts. */
  @Patch(':name')
  async configure(
    @Param('name') name: string,
    @Body({ schema: settingsSchema }) body: SettingsBody,
    @CurrentActor() actor: Actor,
  ) {
    const guard = this.find(name);
    const { reason, ...changes } = body;
    const stored = await this.controls.configure(name, toGuardSettings(readChanges(body)));
    return this.done(guard, actor, { action: 'configure', changes, ttlSeconds: null, reason, stored });
  }

  /** The state changes of a circuit. */
  @Get(':name/history')
  async history(
    @Param('name') name: string,
    @Query({ schema: historySchema }) { limit }: HistoryQuery,
    @CallerSignal() signal: AbortSignal,
  ): Promise<z.infer<typeof historyResponseSchema>> {
    const guard = this.find(name);
    const { source, rows } = await this.stateHistory.latest(guard.name, limit, signal);
    const changes = rows.map(({ at, from, to, failCount, instance }) => ({
      at: at / 1_000,
      from_state: from,
      to_state: to,
      fail_count: failCount,
      instance,
    }));
    return { name, source, changes };
  }

  private async done(
    guard: Guard,
    { name: actor, requestId }: Actor,
    { stored, ...done }: Done,
  ): Promise<z.infer<typeof actionSchema>> {
    const action = { ...done, reason: done.reason ?? null, guard: guard.name, actor, requestId };
    const audited = await this.audit.record(action);
    return { circuit_breaker: this.show(guard), stored, audited };
  }

  /** The guard as monitoring sees it, with its settings and those of the environment. */
  private show(guard: Guard): ConfiguredGuard {
    const defaults = nameSettings(this.guards.configured(guard.name));
    return { ...guard.snapshot(), settings: nameSettings(guard.configured), defaults };
  }

  private find(name: string): Guard {
    const guard = this.guards.find(name);
    if (!guard) throw new AppError('not_found', { message: 'There is no such guard.' });
    return guard;
  }
}

/** Settings in the names of the PATCH body. */
function nameSettings(settings: GuardSettings): ConfiguredGuard['settings'] {
  const values = Object.entries(toBreakerValues(settings));
  const named = Object.fromEntries(values.map(([name, value]) => [name.toLowerCase(), value]));
  return named as ConfiguredGuard['settings'];
}
