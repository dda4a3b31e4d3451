import { z } from 'zod';
import { loadConfig } from '../config/load-config.ts';
import { localAdminKeyFile, readLocalAdminKey } from '../config/local-admin-key.ts';
import { ServiceClient, type CallLimits, type Reply, type ServiceOptions } from './service-client.ts';
import { ServiceCallError } from './service-failure.ts';

/** What the help of a command with an admin key says of it. */
export const ADMIN_HELP = `
Environment:
  ADMIN_TOKEN           the admin key; without it, that of a local trial in
                        DATA_DIR/admin-key is used for addresses of this machine`;

const LIMITS = { limitMs: 10_000, maxTries: 1 };
const GUARDS = '/admin/circuit-breakers';
const guardsSchema = z.object({ circuit_breakers: z.record(z.string(), z.unknown()) });
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Calls the admin API of a running service with its key. */
export class AdminClient {
  private readonly service: ServiceClient;
  private readonly authorization: string;

  /** @throws ConfigError, ServiceCallError for a wrong address, Error when there is no key */
  constructor(options: ServiceOptions) {
    const config = loadConfig();
    this.service = new ServiceClient(options, config);
    const isLocal = LOOPBACK.test(new URL(this.service.url).hostname);
    const key = config.admin.token ?? (isLocal ? readLocalAdminKey(config) : undefined);
    if (key === undefined)
      throw new Error(
        `ADMIN_TOKEN is not set${isLocal ? `, and ${localAdminKeyFile(config)} holds no key of a local trial` : ''}: set it to the admin key of ${this.service.url}`,
      );
    this.authorization = `Bearer ${key}`;
  }

  /** Makes a call: see `ServiceClient.call`. */
  call<T>(
    path: string,
    init: RequestInit,
    limits: CallLimits,
    read: (reply: Reply, service: ServiceClient) => Promise<T>,
  ): Promise<T> {
    return this.service
      .call(path, this.authorize(init), limits, (reply) => read(reply, this.service))
      .catch((error) => this.explain(error, path));
  }

  /** Makes a call whose response is JSON: see `ServiceClient.callJson`. */
  async callJson<T>(
    path: string,
    init: RequestInit,
    schema: z.ZodType,
    limits: CallLimits = LIMITS,
  ): Promise<T> {
    const reply = await this.service
      .callJson<T>(path, this.authorize(init), limits, schema)
      .catch((error) => this.explain(error, path));
    return reply.body;
  }

  private authorize(init: RequestInit): RequestInit {
    return { ...init, headers: { ...init.headers, authorization: this.authorization } };
  }

  /** @throws what was given, or in its place what says how to help */
  private async explain(error: unknown, path: string): Promise<never> {
    if (!(error instanceof ServiceCallError) || error.reasons.length === 0) throw error;
    const { url } = this.service;
    if (error.status === 401)
      throw new ServiceCallError(`${url} refuses the admin key: ADMIN_TOKEN is that of another service`, 401);
    if (error.status !== 404) throw error;
    const guards = await this.findGuards();
    if (!guards) throw new ServiceCallError(`${url} has no admin API: start it with ADMIN_TOKEN`);
    if (!path.startsWith(GUARDS)) throw error;
    throw new ServiceCallError(`${error.message} There are: ${guards.join(', ')}`);
  }

  /** The names of the guards; undefined where there is no admin API. */
  private async findGuards(): Promise<string[] | undefined> {
    const init = this.authorize({});
    try {
      const { body } = await this.service.callJson<z.infer<typeof guardsSchema>>(
        GUARDS,
        init,
        LIMITS,
        guardsSchema,
      );
      return Object.keys(body.circuit_breakers);
    } catch (error) {
      if (error instanceof ServiceCallError && error.status === 404) return undefined;
      throw error;
    }
  }
}

/** The init of a call with a body in JSON. */
export function sendJson(method: string, body: object): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
