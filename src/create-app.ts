import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { Logger as PinoLogger } from 'pino';
import { AppModule } from './app.module.ts';
import type { AppConfig } from './config/app-config.ts';
import { ErrorFilter } from './errors/error.filter.ts';
import { createValidationPipe } from './errors/validation.ts';
import { systemClock, type Clock } from './resilience/clock.ts';
import { createLogger } from './telemetry/logger.ts';
import { runInContext } from './telemetry/request-context.ts';
import { chooseRequestId } from './telemetry/request-id.ts';

const KIB = 1_024;
const BODY_LIMIT = 256 * KIB;
const DOCUMENTS_BODY_LIMIT = 20 * KIB * KIB;
/** Time to receive a whole request; 20 MB over a slow line fit, a caller that trickles does not stay. */
const RECEIVE_LIMIT_MS = 120_000;
/** Document ids are part of the path, percent-encoded. */
const MAX_PARAMETER_LENGTH = 2_000;
const EXPOSED_HEADERS = [
  'X-Request-Id',
  'X-Fallback-Source',
  'X-Fallback-Reason',
  'Retry-After',
  'Age',
  'Cache-Status',
  'Server-Timing',
];

/** Makes the whole service, ready to listen. */
export async function createApp(
  config: AppConfig,
  clock: Clock = systemClock,
  logger: PinoLogger = createLogger(config.logLevel),
  random: () => number = Math.random,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout: RECEIVE_LIMIT_MS,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    genReqId: (request: IncomingMessage) => chooseRequestId(request.headers['x-request-id']),
  });
  const server = adapter.getInstance();
  server.removeContentTypeParser('text/plain');
  server.addHook('onRoute', (route) => {
    if (route.url === '/documents') route.bodyLimit = DOCUMENTS_BODY_LIMIT;
  });
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    runInContext({ requestId: request.id }, done);
  });
  // Reading the body leaves the context that the first hook has set.
  server.addHook('preValidation', (request, _, done) => runInContext({ requestId: request.id }, done));

  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, clock, logger, random),
    adapter,
    {
      bufferLogs: true,
      abortOnError: false,
    // JSON alone: a form or plain text could be sent from any web page without a preflight.
    bodyParser: false,
    },
  );
  app.useLogger(app.get(Logger));
  app.useGlobalPipes(createValidationPipe());
  app.useGlobalFilters(new ErrorFilter(logger));
  app.enableCors({ origin: config.http.corsOrigins, exposedHeaders: EXPOSED_HEADERS, maxAge: 600 });
  app.enableShutdownHooks();
  return app;
}
