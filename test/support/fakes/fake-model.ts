import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { FakeHuggingFace } from './fake-hugging-face.ts';
import { namedFaults } from './named-faults.ts';

/** Fake inference servers whose faults are switched over HTTP. */
export interface FakeModel {
  /** Where faults are switched. */
  url: string;
  /** What the service is to be started with, to use these servers. */
  env: { GENERATION_TARGETS: string; EMBEDDING_TARGETS: string };
  stop(): Promise<void>;
}

interface Target {
  server: FakeHuggingFace;
  /** The name of the fault that is on. */
  fault: string | null;
}

/** A request that cannot be followed. */
class BadRequest extends Error {}

/**
 * Starts a model, a backup of it and an embedding service, and what switches their faults: `GET /faults` shows them,
 * `POST /faults {"fault": "hang", "target": "model"}` switches one on, `DELETE /faults` switches all off.
 * @param port of the switches; the servers take the three ports after it. 0 takes free ones
 * @throws when a port is taken
 */
export async function startFakeModel(port: number): Promise<FakeModel> {
  const names = ['model', 'backup', 'embedder'];
  const targets = new Map<string, Target>();
  for (const [index, name] of names.entries()) {
    const server = new FakeHuggingFace({ port: port && port + 1 + index });
    targets.set(name, { server: await server.start(), fault: null });
  }
  const switches = createServer((request, response) => void answer(request, response, targets));
  switches.listen(port, '127.0.0.1');
  await once(switches, 'listening');
  const [model, backup, embedder] = [...targets.values()].map(({ server }) => server.url);
  return {
    url: `http://127.0.0.1:${(switches.address() as AddressInfo).port}`,
    env: {
      GENERATION_TARGETS: `${model}/v1?model=fake-chat,${backup}/v1?model=fake-chat&name=backup`,
      EMBEDDING_TARGETS: `${embedder}/v1?api=openai&model=fake-embed`,
    },
    async stop() {
      switches.close();
      switches.closeAllConnections();
      for (const { server } of targets.values()) await server.stop();
    },
  };
}

/** Answers one request to the switches. Never rejects. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  targets: Map<string, Target>,
): Promise<void> {
  const { status, body } = await follow(request, targets).catch((error: unknown) => ({
    status: error instanceof BadRequest ? 400 : 500,
    body: { error: error instanceof Error ? error.message : 'failed' },
  }));
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body, undefined, 2)}\n`);
}

async function follow(request: IncomingMessage, targets: Map<string, Target>) {
  if (request.url !== '/faults') return { status: 404, body: { error: 'there is only /faults' } };
  switch (request.method) {
    case 'GET':
      break;
    case 'POST':
      await switchOn(await json(request).catch(() => undefined), targets);
      break;
    case 'DELETE':
      for (const target of targets.values()) await set(target, null);
      break;
    default:
      return { status: 405, body: { error: 'GET, POST or DELETE' } };
  }
  const faults = Object.fromEntries([...targets].map(([name, { fault }]) => [name, fault]));
  const known = Object.fromEntries(Object.entries(namedFaults).map(([name, { what }]) => [name, what]));
  return { status: 200, body: { faults, known } };
}

/** @throws BadRequest */
async function switchOn(body: unknown, targets: Map<string, Target>): Promise<void> {
  const { fault, target = 'model' } = (body ?? {}) as { fault?: unknown; target?: unknown };
  if (typeof fault !== 'string' || !Object.hasOwn(namedFaults, fault))
    throw new BadRequest(`fault must be one of ${Object.keys(namedFaults).join(', ')}`);
  const chosen = target === 'all' ? [...targets.values()] : [targets.get(String(target))];
  for (const one of chosen) {
    if (!one) throw new BadRequest(`target must be one of ${[...targets.keys()].join(', ')}, all`);
    await set(one, fault);
  }
}

/** Switches a fault on in place of the one before; null switches it off, also for calls that hang. */
async function set(target: Target, name: string | null): Promise<void> {
  const { server } = target;
  const fault = name === null ? undefined : namedFaults[name]?.fault;
  target.fault = name;
  server.clearFaults();
  await server.stop();
  if (fault === 'refused') return;
  await server.start();
  if (!fault) return;
  server.fail('chat', fault);
  server.fail('embed', fault);
}
