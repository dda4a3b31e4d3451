import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CircuitView } from '../../../src/health/circuit-view.ts';

/** A line of the log. */
interface LogLine {
  event?: string;
  url?: string;
  msg?: string;
  request_id?: string;
  cause?: { message?: string };
}

/** The body of `GET /health/circuit-breaker`. */
type CircuitStatus = ReturnType<CircuitView['show']>;

const HOOK = new URL('./decorators-hook.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

/** The service in a process of its own, to be killed. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** What it has logged so far; all of it once it has ended. */
    readonly logs: readonly LogLine[],
  ) {}

  /**
   * Starts one on a free port; resolves when it listens. `env` is all it is configured by, and `hooks` are the URLs of
   * files that are loaded first.
   */
  static async start(env: Record<string, string>, hooks: string[] = []): Promise<ServiceProcess> {
    const imports = [HOOK, ...hooks];
    const options = imports.flatMap((url) => ['--import', url]);
    const child = spawn(process.execPath, [...options, MAIN], {
      stdio: ['ignore', 'pipe', 'inherit', ...(hooks.length > 0 ? (['ipc'] as const) : [])],
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', SEED_DOCS: 'false', ...env },
    });
    const logs: LogLine[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      if (!child.stdout) throw new Error('the service has no output');
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (text) => {
        const line = JSON.parse(text) as LogLine;
        logs.push(line);
        if (line.event === 'listening' && line.url !== undefined) resolve(line.url);
      });
      lines.once('close', () => reject(new Error('the service did not start')));
    });
    return new ServiceProcess(child, url, logs);
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

  /** Milliseconds that the longest turn of the event loop has taken since the last call; needs `turn-length-hook.ts`. */
  async longestTurn(): Promise<number> {
    const told = once(this.child, 'message');
    this.child.send('tell');
    const [ms] = (await told) as [number];
    return ms;
  }

  async guard(name: string): Promise<CircuitStatus['circuit_breaker']> {
    const { body } = await this.request<CircuitStatus>('GET', '/health/circuit-breaker');
    const guard = body.circuit_breakers[name];
    if (!guard) throw new Error(`there is no guard ${name}`);
    return guard;
  }

  /** Asks it to end, and waits until it has. Gives its exit code; null when the signal itself has ended it. */
  async stop(): Promise<number | null> {
    await this.end('SIGTERM');
    return this.child.exitCode;
  }

  /** Ends it at once. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}
