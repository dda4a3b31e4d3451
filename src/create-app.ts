import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import { extname } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Logger } from 'nestjs-pino';
import type { Logger as PinoLogger } from 'pino';
import { AppModule } from './app.module.ts';
import type { AppConfig } from './config/app-config.ts';
import { DrainingAdapter } from './http/draining-adapter.ts';
import { AppError } from './http/app-error.ts';
import { answerMalformedRequest } from './http/malformed-request.ts';
import { ErrorFilter } from './http/error.filter.ts';
import { readJsonStrictly } from './http/body/json-body.ts';
import { answerEveryRequest, findProtocolFault, SERVER_OPTIONS } from './http/protocol-checks.ts';
import { createValidationPipe } from './http/validation.ts';
import { toJsonRpcError } from './mcp/json-rpc-error.ts';
import { DrillTrace } from './resilience/drills/drill-trace.ts';
import { systemClock, type Clock } from './resilience/time/clock.ts';
import { TurnBudget } from './resilience/time/turn-budget.ts';
import { createLogger } from './telemetry/logger.ts';
import { runInContext, type RequestContext } from './telemetry/request-context.ts';
import { toOpenAiError } from './openai/openai-error.ts';
import { chooseRequestId } from './http/requests/request-id.ts';
import { logRequest } from './http/requests/request-logging.ts';
import { parseTraceParent } from './telemetry/trace-parent.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
/** Six bodies of the largest size together, three of one caller, and room for small ones. */
const BODIES = { total: 140 * MIB, perCaller: 80 * MIB, reserve: 20 * MIB, smallBytes: 256 * KIB };
/** The routes that take larger bodies than `smallBytes`. */
const LARGE_BODIES = {
  '/documents': {
    maxBytes: 20 * MIB,
    script: new URL(`./ingest/documents/documents-body-worker${extname(import.meta.url)}`, import.meta.url),
  },
  // Clients send the whole conversation, with all sources of all answers, each time.
  '/api/chat': {
    maxBytes: 4 * MIB,
    script: new URL(`./ai-sdk/chat-body-worker${extname(import.meta.url)}`, import.meta.url),
  },
  '/v1/chat/completions': {
    maxBytes: 4 * MIB,
    script: new URL(`./openai/chat-body-worker${extname(import.meta.url)}`, import.meta.url),
  },
  // Each id of a token is a value.
  '/v1/embeddings': {
    maxBytes: 4 * MIB,
    script: new URL(`./openai/embeddings-body-worker${extname(import.meta.url)}`, import.meta.url),
  },
};
/** Time to receive a whole request. Raising it lets slow senders hold connections longer; 20 MB need 1.4 Mbit/s. */
const RECEIVE_LIMIT_MS = 120_000;
/**
 * Milliseconds of a turn of the event loop in which requests are begun; later ones are begun in the next turn. Raised, many
 * requests that arrive together stop everything else for longer.
 */
const STARTS_MS = 10;
/** Longest path parameter: document ids are percent-encoded in the path. */
const MAX_PARAMETER_LENGTH = 2_000;
/** The route that reads its body as a stream. */
const STREAMED_PATH = '/admin/cache';
/** Protocols with errors of their own, by the first part of their paths. */
const ERROR_BODIES = { v1: toOpenAiError, mcp: toJsonRpcError };
/** The methods of all routes, for CORS. */
const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];
const EXPOSED_HEADERS = [
  'X-Request-Id',
  'X-Fallback-Source',
  'X-Fallback-Reason',
  'X-Failsoft-Ignored',
  'X-Failsoft-Drill',
  'X-Should-Retry',
  'Link',
  'Retry-After',
  'Age',
  'Cache-Status',
  'Server-Timing',
  'X-Stream-Id',
];

/** Creates the service, ready to listen. */
export async function createApp(
  config: AppConfig,
  clock: Clock = systemClock,
  logger: PinoLogger = createLogger(config.logLevel),
  random: () => number = Math.random,
): Promise<NestFastifyApplication> {
  const errors = new ErrorFilter(logger, ERROR_BODIES);
  const options = {
    requestTimeout: RECEIVE_LIMIT_MS,
    http: SERVER_OPTIONS,
    // Without trusted proxies anybody could send the header that names the caller.
    trustProxy: config.http.trustedProxies.length > 0 && config.http.trustedProxies,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    genReqId: (request: IncomingMessage) => chooseRequestId(request.headers['x-request-id']),
    // Hooks do not run for a path that cannot be routed.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('X-Request-Id', request.id);
      errors.answer(error, request, reply);
    },
    clientErrorHandler: answerMalformedRequest,
  };
  // A question is answered within its deadline, so only other requests are ever cut.
  const adapter = new DrainingAdapter(options, { clock, requestsMs: config.queryDeadlineMs });
  const server = adapter.getInstance();
  answerEveryRequest(server.server);
  readJsonStrictly(server, { limits: BODIES, clock, largeBodies: LARGE_BODIES });
  server.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    if (request.routeOptions.url === STREAMED_PATH) done(null, payload);
    else done(new AppError('unsupported_media_type'), undefined);
  });
  const starts = new TurnBudget(clock, STARTS_MS);
  server.addHook('onRequest', (request, reply, done) => {
    starts.run(() => {
      // The caller has gone while the request waited.
      if (reply.raw.destroyed) return;
      void reply.header('X-Request-Id', request.id);
      logRequest(logger, request, reply, contextOf(request));
      const fault = findProtocolFault(request.raw);
      runFor(request, () => done(fault));
    });
  });
  // Reading the body leaves the async context that the first hook set.
  server.addHook('preValidation', (request, _, done) => runFor(request, done));
  server.addHook('onSend', (request, reply, payload, done) => {
    const met = drillsOf(request).guards;
    if (met) void reply.header('X-Failsoft-Drill', met.join(', '));
    done(null, payload);
  });

  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, clock, logger, random),
    adapter,
    {
      // Errors before the logger exists are thrown, and printed by the caller.
      logger: false,
      abortOnError: false,
      // Only JSON is accepted: any web page could send a form or plain text without a preflight.
      bodyParser: false,
    },
  );
  app.useLogger(app.get(Logger));
  app.useGlobalPipes(createValidationPipe());
  app.useGlobalFilters(errors);
  const origin = config.http.corsOrigins;
  if (origin.length > 0) {
    app.enableCors({
      origin,
      methods: METHODS,
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: 600,
      strictPreflight: false,
    });
    nameAnsweredPreflights(server);
  }
  return app;
}

/** Adds the request id to preflight responses, which are sent before the hook that adds it to all others. */
function nameAnsweredPreflights(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    if (!reply.hasHeader('X-Request-Id')) void reply.header('X-Request-Id', request.id);
    done(null, payload);
  });
}

/** Runs a part of the work of a request. */
function runFor(request: FastifyRequest, work: () => void): void {
  runInContext(contextOf(request), () => drillsOf(request).run(work));
}

const drillTraces = new WeakMap<FastifyRequest, DrillTrace>();

/** The drills that the work of a request has met. */
function drillsOf(request: FastifyRequest): DrillTrace {
  const drills = drillTraces.get(request) ?? new DrillTrace();
  drillTraces.set(request, drills);
  return drills;
}

function contextOf({ id, headers }: FastifyRequest): RequestContext {
  return { requestId: id, trace: parseTraceParent(headers['traceparent']) };
}
