import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { AdminModule } from './admin/admin.module.ts';
import { AiSdkModule } from './ai-sdk/ai-sdk.module.ts';
import { ApiReferenceModule } from './api-reference/api-reference.module.ts';
import { CacheModule } from './cache/cache.module.ts';
import type { AppConfig } from './config/app-config.ts';
import { ConfigModule } from './config/config.module.ts';
import { ConsoleModule } from './console/console.module.ts';
import { HealthModule } from './health/health.module.ts';
import { IngestModule } from './ingest/ingest.module.ts';
import { McpModule } from './mcp/mcp.module.ts';
import { OpenAiModule } from './openai/openai.module.ts';
import { PostgresModule } from './postgres/postgres.module.ts';
import { RepositoriesModule } from './postgres/repositories.module.ts';
import { QueryModule } from './query/query.module.ts';
import type { Clock } from './resilience/time/clock.ts';
import { ResilienceModule } from './resilience/resilience.module.ts';
import { SharingModule } from './resilience/sharing/sharing.module.ts';
import { TargetsModule } from './targets/targets.module.ts';
import { TelemetryModule } from './telemetry/telemetry.module.ts';

/** The composition root: the protocols, the rooms in the order in which a question passes them, then the rooms below. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig, clock: Clock, logger: Logger, random: () => number): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ApiReferenceModule,
        ConsoleModule.forRoot(config),
        AiSdkModule,
        McpModule,
        OpenAiModule,
        QueryModule,
        IngestModule,
        HealthModule,
        AdminModule.forRoot(config),
        TargetsModule,
        CacheModule,
        RepositoriesModule,
        PostgresModule,
        SharingModule,
        ResilienceModule.forRoot(clock, random),
        TelemetryModule.forRoot(logger),
        ConfigModule.forRoot(config),
      ],
    };
  }
}
