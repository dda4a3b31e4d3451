import { Body, Controller, Delete, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '../http/app-error.ts';
import type { DrillView } from '../resilience/drills/drill.ts';
import type { Guard } from '../resilience/guard/guard.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { GuardOverrides } from '../resilience/sharing/guard-overrides.ts';
import { AdminTokenGuard, CurrentActor, type Actor } from './admin-token.guard.ts';
import { drillSchema, type DrillBody } from './admin.schema.ts';
import { AuditTrail } from './audit-trail.ts';
import { DrillHistory } from './drill-history.ts';
import type { drillActionSchema, drillListSchema } from './response.schema.ts';

/**
 * `/admin/drills`: rehearses outages. As with every action, a drill is begun and ended first and recorded second, also without
 * a database.
 */
@Controller('admin/drills')
@UseGuards(AdminTokenGuard)
export class DrillsController {
  constructor(
    private readonly guards: GuardRegistry,
    private readonly overrides: GuardOverrides,
    private readonly audit: AuditTrail,
    private readonly history: DrillHistory,
  ) {}

  /** The drills that run, the newest first, those that ended lately, and the faults that are possible. */
  @Get()
  list(): z.infer<typeof drillListSchema> {
    const running = this.guards.all.flatMap(({ injection }) => injection.current ?? []);
    return {
      running: running.toSorted((a, b) => b.began_at - a.began_at),
      ended: this.history.latest,
      faults: Object.fromEntries(
        this.guardsWithFaults.map(({ name, injection }) => [name, injection.faults]),
      ),
    };
  }

  /** Begins a drill. @throws AppError `invalid_request` for an unknown guard or a fault that its service cannot have; `drill_running` */
  @Post()
  async begin(@Body({ schema: drillSchema }) body: DrillBody, @CurrentActor() actor: Actor) {
    const { guard: name, fault, share, ttl_seconds: ttlSeconds, reason = null } = body;
    const { injection } = this.find(name, fault);
    const running = injection.current;
    if (running)
      throw new AppError('drill_running', {
        message: `A drill of ${name} is running: end ${running.id} first.`,
      });
    const id = randomUUID();
    const drill = { id, fault, share, ttlMs: ttlSeconds * 1_000, reason, actor: actor.name };
    const beginning = this.overrides.beginDrill(name, drill);
    const begun = injection.current;
    const stored = await beginning;
    const changes = { id, fault, share, ttl_seconds: ttlSeconds };
    const action = { action: 'begin_drill', guard: name, changes, ttlSeconds, reason } as const;
    const audited = await this.audit.record({ ...action, actor: actor.name, requestId: actor.requestId });
    return { drill: injection.current ?? begun, stored, audited };
  }

  /** Ends a drill. @throws AppError `not_found` when no drill of this id runs here */
  @Delete(':id')
  @HttpCode(200)
  async end(
    @Param('id') id: string,
    @CurrentActor() actor: Actor,
  ): Promise<z.infer<typeof drillActionSchema>> {
    const guard = this.guards.all.find(({ injection }) => injection.current?.id === id);
    const drill: DrillView | undefined = guard?.injection.current;
    if (!guard || !drill) throw new AppError('not_found', { message: 'No drill of this id is running.' });
    const stored = await this.overrides.endDrill(guard.name);
    const action = { action: 'end_drill', guard: guard.name, changes: { id } } as const;
    const audited = await this.audit.record({
      ...action,
      ttlSeconds: null,
      reason: null,
      actor: actor.name,
      requestId: actor.requestId,
    });
    return { drill, stored, audited };
  }

  private get guardsWithFaults(): Guard[] {
    return this.guards.all.filter(({ injection }) => injection.faults.length > 0);
  }

  private find(name: string, fault: DrillBody['fault']): Guard {
    const possible = this.guardsWithFaults;
    const guard = possible.find((one) => one.name === name);
    if (!guard) throw invalid('guard', `must be one of ${possible.map((one) => one.name).join(', ')}`);
    const { faults } = guard.injection;
    if (!faults.includes(fault)) throw invalid('fault', `must be one of ${faults.join(', ')} for ${name}`);
    return guard;
  }
}

function invalid(path: string, message: string): AppError {
  return new AppError('invalid_request', { details: [{ path, message }] });
}
