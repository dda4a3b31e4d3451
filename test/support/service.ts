import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '../../src/config/load-config.ts';
import { createApp } from '../../src/create-app.ts';
import { systemClock, type Clock } from '../../src/resilience/clock.ts';
import type { GuardSnapshot } from '../../src/resilience/guard.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

/** A response with its parsed body. */
export interface Reply {
  status: number;
  headers: Headers;
  // The wire's shape is what the tests assert.
  body: any;
}

/** The whole service on a free port, talked to over real sockets. */
export interface Service {
  app: NestFastifyApplication;
  url: string;
  /** Every log line so far, parsed. */
  logs: Record<string, unknown>[];
  request(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Reply>;
  query(query: string, more?: Record<string, unknown>, init?: RequestInit): Promise<Reply>;
  /** Stores documents and expects that it works. */
  ingest(documents: Record<string, unknown>[]): Promise<Reply>;
  guard(name: string): Promise<GuardSnapshot>;
  close(): Promise<void>;
}

/** Starts the service with the given environment, an empty data folder of its own, and no bundled documents. */
export async function startService(
  env: Record<string, string | undefined> = {},
  clock: Clock = systemClock,
): Promise<Service> {
  const dataDir = env['DATA_DIR'] ?? (await mkdtemp(join(tmpdir(), 'failsoft-')));
  const logs: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void logs.push(JSON.parse(line)) };
  const config = loadConfig({ PORT: '0', DATA_DIR: dataDir, SEED_DOCS: 'false', ...env });
  const logger = createLogger(env['LOG_LEVEL'] ?? 'debug', stream);
  const app = await createApp(config, clock, logger);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const request: Service['request'] = async (method, path, body, init = {}) => {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    };
    const payload = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(url + path, { method, ...init, headers, body: payload });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  };
  return {
    app,
    url,
    logs,
    request,
    query: (query, more = {}, init = {}) => request('POST', '/query', { query, ...more }, init),
    async ingest(documents) {
      const reply = await request('POST', '/documents', { documents });
      if (reply.status !== 200) throw new Error(`ingestion failed: ${JSON.stringify(reply.body)}`);
      return reply;
    },
    async guard(name) {
      const { body } = await request('GET', '/health/circuit-breaker');
      return body.circuit_breakers[name];
    },
    async close() {
      await app.close();
      if (!env['DATA_DIR']) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
