import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import { RANDOM } from '../resilience/resilience.module.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Connections } from './connection/connections.ts';
import { databaseFaults } from './connection/drill-faults.ts';
import { Database } from './connection/database.ts';
import { StartupMigrations } from './migrations/startup-migrations.ts';
import { openPostgres, type Postgres } from './open-postgres.ts';

const POSTGRES = Symbol('POSTGRES');

/** Opens the database before everything that uses it, and closes it afterwards. */
@Global()
@Module({
  providers: [
    {
      provide: POSTGRES,
      inject: [APP_CONFIG, GuardRegistry, CLOCK, LOGGER, RANDOM],
      useFactory: (
        { database }: AppConfig,
        guards: GuardRegistry,
        clock: Clock,
        logger: Logger,
        random: () => number,
      ) => {
        const faults = databaseFaults(database.timeoutMs, database.url === undefined);
        return openPostgres(database, guards.guard('postgres', faults), clock, logger, random);
      },
    },
    { provide: Connections, inject: [POSTGRES], useFactory: (postgres: Postgres) => postgres.connections },
    { provide: Database, inject: [POSTGRES], useFactory: (postgres: Postgres) => postgres.database },
    {
      provide: StartupMigrations,
      inject: [POSTGRES],
      useFactory: (postgres: Postgres) => postgres.migrations,
    },
  ],
  exports: [Database, StartupMigrations],
})
export class PostgresModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(POSTGRES) private readonly postgres: Postgres,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const { connections } = this.postgres;
    const labels = { name: 'postgres' };
    this.metrics.watch('failsoft_connections_in_use', () => [{ labels, value: connections.inUse }]);
    this.metrics.watch('bulkhead_queue_depth', () => [{ labels, value: connections.queueDepth }]);
  }

  onApplicationShutdown(): Promise<void> {
    return this.postgres.close();
  }
}
