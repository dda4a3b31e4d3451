import { Module, type DynamicModule } from '@nestjs/common';
import type { AppConfig } from '../config/app-config.ts';
import { AdminAttempts } from './admin-token.guard.ts';
import { AnswerTransferController } from './answer-transfer.controller.ts';
import { AuditTrail } from './audit-trail.ts';
import { CircuitsController } from './circuits.controller.ts';
import { DrillHistory } from './drill-history.ts';
import { DrillsController } from './drills.controller.ts';
import { StateHistory } from './state-history.ts';
import { StoredController } from './stored.controller.ts';
import { TimelineController } from './timeline.controller.ts';

/** The admin API. The state history is always recorded; the routes exist only with an admin key. */
@Module({})
export class AdminModule {
  static forRoot({ admin, drills }: AppConfig): DynamicModule {
    const isServed = admin.token !== undefined;
    return {
      module: AdminModule,
      controllers: [
        ...(isServed
          ? [CircuitsController, AnswerTransferController, TimelineController, StoredController]
          : []),
        ...(isServed && drills.enabled ? [DrillsController] : []),
      ],
      providers: [StateHistory, ...(isServed ? [AuditTrail, AdminAttempts, DrillHistory] : [])],
    };
  }
}
