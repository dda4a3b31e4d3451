import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { CallerSignal } from '../http/caller-signal.ts';
import { CurrentActor, type Actor } from './actor.ts';
import { AdminTokenGuard } from './admin-token.guard.ts';
import {
  forceSchema,
  historySchema,
  resetSchema,
  settingsSchema,
  type ForceBody,
  type HistoryQuery,
  type ResetBody,
  type SettingsBody,
} from './admin.schema.ts';
import { CircuitsService } from './circuits.service.ts';

/** `/admin/circuit-breakers`: shows and controls the guards. */
@Controller('admin/circuit-breakers')
@UseGuards(AdminTokenGuard)
export class CircuitsController {
  constructor(private readonly circuits: CircuitsService) {}

  @Get()
  list() {
    return this.circuits.list();
  }

  @Post(':name/force-state')
  @HttpCode(200)
  force(
    @Param('name') name: string,
    @Body({ schema: forceSchema }) body: ForceBody,
    @CurrentActor() actor: Actor,
  ) {
    return this.circuits.force(name, body, actor);
  }

  @Post(':name/reset')
  @HttpCode(200)
  reset(
    @Param('name') name: string,
    @Body({ schema: resetSchema }) body: ResetBody,
    @CurrentActor() actor: Actor,
  ) {
    return this.circuits.reset(name, body, actor);
  }

  @Patch(':name')
  configure(
    @Param('name') name: string,
    @Body({ schema: settingsSchema }) body: SettingsBody,
    @CurrentActor() actor: Actor,
  ) {
    return this.circuits.configure(name, body, actor);
  }

  @Get(':name/history')
  history(
    @Param('name') name: string,
    @Query({ schema: historySchema }) query: HistoryQuery,
    @CallerSignal() signal: AbortSignal,
  ) {
    return this.circuits.changes(name, query.limit, signal);
  }
}
