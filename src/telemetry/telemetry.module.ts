import { Global, Module, RequestMethod, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { LOGGER } from './logger.ts';
import { MetricsController } from './metrics.controller.ts';
import { Metrics } from './metrics.ts';
import { requestLogging } from './request-logging.ts';

/** Logs, the process's own lines and one per request, and metrics. */
@Global()
@Module({})
export class TelemetryModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: TelemetryModule,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: requestLogging(logger),
          forRoutes: [{ path: '*splat', method: RequestMethod.ALL }],
        }),
      ],
      controllers: [MetricsController],
      providers: [{ provide: LOGGER, useValue: logger }, Metrics],
      exports: [LOGGER, Metrics],
    };
  }
}
