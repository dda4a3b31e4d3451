import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../resilience/time/clock.ts';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { parseStrictJson } from '../../schemas/strict-json.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { callerOf } from '../requests/caller-address.ts';
import { CallerGoneError } from '../requests/caller-signal.ts';
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

/** A body from the request's head until its response. */
interface OpenBody {
  claim: BodyClaim;
  /** Aborts once nobody waits for the response any more. */
  caller: AbortSignal;
  parsing?: Promise<unknown>;
}

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
  const bodies = new WeakMap<FastifyRequest, OpenBody>();
  server.addHook('preParsing', (request, reply, payload, done) => {
    const caller = new AbortController();
    const body: OpenBody = { claim: budget.open(callerOf(request)), caller: caller.signal };
    bodies.set(request, body);
    // Parsed, the body takes its memory until it has been answered. One whose caller has gone takes it until it is parsed.
    reply.raw.once('close', () => {
      caller.abort(new CallerGoneError());
      const release = () => body.claim.release();
      if (body.parsing) void body.parsing.then(release, release);
      else release();
    });
    done(null, payload);
  });
  server.addHook('onClose', async () => {
    await Promise.all([...routes.values()].map(({ thread }) => thread.stop()));
  });

  async function read(request: FastifyRequest, payload: Readable): Promise<unknown> {
    const body = bodies.get(request);
    if (!body) throw new ServiceError('no claim was opened for the body');
    body.parsing = parse(request, payload, body);
    return body.parsing;
  }

  async function parse(
    request: FastifyRequest,
    payload: Readable,
    { claim, caller }: OpenBody,
  ): Promise<unknown> {
    const route = routes.get(request.routeOptions.url ?? '');
    const length = request.headers['content-length'];
    const declaredBytes = length === undefined ? undefined : Number(length);
    const maxBytes = route?.maxBytes ?? limits.smallBytes;
    const bytes = await readBody(payload, { maxBytes, declaredBytes, claim, clock });
    if (bytes.length === 0) return undefined;
    if (route && bytes.length > limits.smallBytes) return markValid(await route.thread.parse(bytes, caller));
    await waitForOwnTurn();
    const parsed = parseStrictJson(bytes, HERE_VALUES);
    if (!('fault' in parsed)) return parsed.value;
    if (route && parsed.fault === 'values') return markValid(await route.thread.parse(bytes, caller));
    throw refuseJson(parsed.fault, HERE_VALUES);
  }

  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('application/json', read);
}
