import { Global, Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { LogSampler } from './log-sampler.ts';
import { LOGGER } from './logger.ts';
import { MetricsController } from './metrics.controller.ts';
import { Metrics } from './metrics.ts';

/** The process's logger, also for the framework's own lines, and its metrics. */
@Global()
@Module({})
export class TelemetryModule {
  /** @param now monotonic milliseconds */
  static forRoot(logger: Logger, now: () => number): DynamicModule {
    const sampler = new LogSampler(logger, now);
    const onFailure = (error: unknown) =>
      sampler.write('error', '', { event: 'metric_failed', cause: causeOf(error) });
    return {
      module: TelemetryModule,
      // Its middleware would make two loggers for each request; requests are logged by a hook.
      imports: [LoggerModule.forRoot({ pinoHttp: { logger }, forRoutes: [] })],
      controllers: [MetricsController],
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: Metrics, useFactory: () => new Metrics(onFailure) },
      ],
      exports: [LOGGER, Metrics],
    };
  }
}
