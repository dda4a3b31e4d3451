import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../resilience/time/clock.ts';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { parseStrictJson } from '../../schemas/strict-json.ts';
import { callerOf } from '../caller-address.ts';
import { markValid } from '../validation.ts';
import { BodyBudget, type BodyClaim, type BodyLimits } from './body-budget.ts';
import { BodyThread } from './body-thread.ts';
import { readBody } from './read-body.ts';
import { refuseJson } from './refuse-json.ts';

/**
 * The most values that are parsed in the main thread, and of a body that no thread takes. Raised, a body stops all other
 * requests for longer: 25,000 take some 50 ms.
 */
const HERE_VALUES = 5_000;

/** The limits of all bodies, and the routes whose bodies may be longer than `smallBytes`. */
export interface JsonBodyOptions {
  limits: BodyLimits;
  clock: Clock;
  /** By path: the most bytes, and the module that validates a long body in a thread. */
  largeBodies: Record<string, { maxBytes: number; script: URL }>;
}

/**
 * Makes the server take JSON in UTF-8 alone, of bounded size, in bounded memory, and without stopping the event loop: short
 * bodies are parsed in turns of their own, long ones in a thread. An empty body counts as none, since many clients name a
 * type with every request.
 */
export function readJsonStrictly(server: FastifyInstance, options: JsonBodyOptions): void {
  const { limits, clock, largeBodies } = options;
  const budget = new BodyBudget(limits);
  const routes = new Map(
    Object.entries(largeBodies).map(([path, { maxBytes, script }]) => {
      return [path, { maxBytes, thread: new BodyThread(script, clock) }];
    }),
  );
  const claims = new WeakMap<FastifyRequest, BodyClaim>();
  server.addHook('preParsing', (request, reply, payload, done) => {
    const claim = budget.open(callerOf(request));
    claims.set(request, claim);
    // Parsed, the body takes its memory until it has been answered.
    reply.raw.once('close', () => claim.release());
    done(null, payload);
  });
  server.addHook('onClose', async () => {
    await Promise.all([...routes.values()].map(({ thread }) => thread.stop()));
  });

  async function read(request: FastifyRequest, payload: Readable): Promise<unknown> {
    const route = routes.get(request.routeOptions.url ?? '');
    const claim = claims.get(request) ?? budget.open(callerOf(request));
    const length = request.headers['content-length'];
    const declaredBytes = length === undefined ? undefined : Number(length);
    const maxBytes = route?.maxBytes ?? limits.smallBytes;
    const bytes = await readBody(payload, { maxBytes, declaredBytes, claim, clock });
    if (bytes.length === 0) return undefined;
    if (route && bytes.length > limits.smallBytes) return markValid(await route.thread.parse(bytes));
    await waitForOwnTurn();
    const parsed = parseStrictJson(bytes, HERE_VALUES);
    if (!('fault' in parsed)) return parsed.value;
    if (route && parsed.fault === 'values') return markValid(await route.thread.parse(bytes));
    throw refuseJson(parsed.fault, HERE_VALUES);
  }

  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', read);
}
