import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createApp } from '../../../src/create-app.ts';
import type { AnswerMetadata, Source } from '../../../src/query/answer/answer.ts';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { systemClock, type Clock } from '../../../src/resilience/time/clock.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import type { CircuitStatus } from '../../../src/resilience/guard/guard-snapshot.ts';
import type { GuardSnapshot } from '../../../src/resilience/guard/guard-snapshot.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { copyDataTemplate } from '../postgres/data-template.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** A response with its parsed body, of the shape that the caller expects and asserts. */
export interface Reply<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

/** The body of an answer. */
export interface AnswerBody {
  answer: string;
  sources: Source[];
  metadata: AnswerMetadata & { request_id: string; duration_ms: number };
}

/** The body of `POST /documents`. */
export interface IngestBody {
  documents: { id: string; status: string; chunks: number; embedding: string }[];
}

/** The whole service on a free port, talked to over real sockets. */
export interface Service {
  app: NestFastifyApplication;
  url: string;
  /** Every log line so far, parsed. */
  logs: Record<string, unknown>[];
  request<T>(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Reply<T>>;
  query(query: string, more?: Record<string, unknown>, init?: RequestInit): Promise<Reply<AnswerBody>>;
  /** Stores documents and expects that it works. */
  ingest(documents: Record<string, unknown>[]): Promise<IngestBody['documents']>;
  circuits(): Promise<CircuitStatus>;
  guard(name: string): Promise<GuardSnapshot>;
  /** Whether no call to another service is under way, and no work in the background. */
  isAtRest(): boolean;
  close(): Promise<void>;
}

/** Starts the service with the given environment, an empty database of its own, and no bundled documents. */
export async function startService(
  env: Record<string, string | undefined> = {},
  clock: Clock = systemClock,
): Promise<Service> {
  const dataDir = env['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'failsoft-')));
  if (env['DATA_DIR'] === undefined && env['DATABASE_URL'] === undefined) await copyDataTemplate(dataDir);
  const logs: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void logs.push(JSON.parse(line)) };
  const quiet = {
    PORT: '0',
    SEED_DOCS: 'false',
    PROBE_INTERVAL_SECONDS: '0',
    LADDER_CANARY_SHARE: '0',
  };
  const config = loadConfig({ DATA_DIR: dataDir, ...quiet, ...env });
  const logger = createLogger(env['LOG_LEVEL'] ?? 'debug', stream);
  // On a fake clock every duration is exactly what is configured.
  const random = clock === systemClock ? Math.random : () => 0;
  const app = await createApp(config, clock, logger, random);
  let calls = 0;
  app.get(GuardRegistry).subscribe(({ type }) => {
    calls += Number(type === 'attempt') - Number(type === 'settled');
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const connections = app.get(Connections);
  const loops = findLoops(app);
  // The embedded database's only connection works in real time: a clock that jumped would fail whoever waits for it.
  const isEmbedded = env['DATABASE_URL'] === undefined;
  const goOn =
    isEmbedded && clock instanceof FakeClock
      ? clock.standWhile(() => connections.inUse > 0)
      : () => undefined;

  async function request<T>(method: string, path: string, body?: unknown, init: RequestInit = {}) {
    const headers = new Headers(init.headers);
    if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
    const payload = body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body);
    const response = await fetch(url + path, { method, ...init, headers, body: payload });
    const text = await response.text();
    const parsed = (text === '' ? null : JSON.parse(text)) as T;
    return { status: response.status, headers: response.headers, body: parsed };
  }
  const circuits = async () => (await request<CircuitStatus>('GET', '/health/circuit-breaker')).body;
  return {
    app,
    url,
    logs,
    request,
    query: (query, more = {}, init = {}) => request('POST', '/query', { query, ...more }, init),
    async ingest(documents) {
      const reply = await request<IngestBody>('POST', '/documents', { documents });
      if (reply.status !== 200) throw new Error(`ingestion failed: ${JSON.stringify(reply.body)}`);
      return reply.body.documents;
    },
    circuits,
    async guard(name) {
      const guard = (await circuits()).circuit_breakers[name];
      if (!guard) throw new Error(`there is no guard ${name}`);
      return guard;
    },
    isAtRest: () => connections.inUse === 0 && calls === 0 && loops.every(({ isAtRest }) => isAtRest),
    async close() {
      goOn();
      await app.close();
      if (!env['DATA_DIR']) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The parts of the service that do work by themselves. */
function findLoops(app: NestFastifyApplication): { isAtRest: boolean }[] {
  const providers = [...app.get(ModulesContainer).values()].flatMap((room) => [...room.providers.values()]);
  const instances = new Set(providers.map(({ instance }) => instance as unknown));
  return [...instances].filter(
    (instance): instance is { isAtRest: boolean } =>
      typeof instance === 'object' && instance !== null && 'isAtRest' in instance,
  );
}
