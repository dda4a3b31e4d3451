import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CircuitView } from '../../src/health/circuit-view.ts';

/** The body of `GET /health/circuit-breaker`. */
type CircuitStatus = ReturnType<CircuitView['show']>;

const HOOK = new URL('./decorators-hook.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The service in a process of its own, to be killed. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  /** Starts one on a free port; resolves when it listens. `env` is all it is configured by. */
  static async start(env: Record<string, string>): Promise<ServiceProcess> {
    const child = spawn(process.execPath, ['--import', HOOK, MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', SEED_DOCS: 'false', ...env },
    });
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as { event?: string; url?: string };
      if (line.event !== 'listening' || line.url === undefined) continue;
      child.stdout.resume();
      return new ServiceProcess(child, line.url);
    }
    throw new Error('the service did not start');
  }

  /** Makes a request and gives the parsed body of its answer. */
  async request<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...init,
    });
    return { status: response.status, body: (await response.json()) as T };
  }

  async guard(name: string): Promise<CircuitStatus['circuit_breaker']> {
    const { body } = await this.request<CircuitStatus>('GET', '/health/circuit-breaker');
    const guard = body.circuit_breakers[name];
    if (!guard) throw new Error(`there is no guard ${name}`);
    return guard;
  }

  /** Asks it to end, and waits until it has. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** Ends it at once. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
