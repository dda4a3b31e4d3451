import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createClient } from '@keyv/redis';
import { findFreePort } from '../free-port.ts';

/** Whether this machine has `redis-server` (Debian's package of that name). */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A real Redis without persistence, which can be frozen, killed and started again on its port. */
export class RedisServer {
  readonly port: number;
  private readonly options: string[];
  private process: ChildProcess | undefined;

  private constructor(port: number, options: string[]) {
    this.port = port;
    this.options = options;
  }

  /** Starts one on a free port; `options` are those of redis-server's command line. */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = await RedisServer.prepare(...options);
    await server.start();
    return server;
  }

  /** Finds a free port, on which nothing listens until `start`. */
  static async prepare(...options: string[]): Promise<RedisServer> {
    return new RedisServer(await findFreePort(), options);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const fixed = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const child = spawn('redis-server', [...fixed, ...this.options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.process = child;
    for await (const line of createInterface({ input: child.stdout }))
      if (line.includes('Ready to accept connections')) return void child.stdout.resume();
    throw new Error('redis-server did not start');
  }

  /** Stops the process without ending it: connections are accepted by the system and never answered. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  /** Ends the process at once, and everything in it with it. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Sends one command over a connection of its own. */
  async command(...words: string[]): Promise<unknown> {
    const client = createClient({ url: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }
}
