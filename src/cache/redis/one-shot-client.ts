import { createClient } from '@keyv/redis';

/** Milliseconds until a connection that is not ready is given up. Raised, a silent Redis is given up later. */
export const CONNECT_LIMIT_MS = 5_000;

/**
 * A client that connects once, at once. Callers wait for `ready`, and use a new client after the connection is lost. So no
 * call hangs on a dead Redis, and a Redis that comes back gets no old write.
 */
export class OneShotRedisClient {
  readonly client;
  /** Resolves when Redis has answered the handshake. Rejects when Redis cannot be reached, also without a listener. */
  readonly ready: Promise<void>;
  private phase: 'connecting' | 'handshake' | 'ready' = 'connecting';

  /** @param maxQueuedCommands the most commands that wait for an answer. Further ones are refused at once. */
  constructor(url: string, maxQueuedCommands: number) {
    this.client = createClient({
      url,
      commandsQueueMaxLength: maxQueuedCommands,
      socket: { connectTimeout: CONNECT_LIMIT_MS, reconnectStrategy: false },
    });
    // An error of the connection fails the calls on it, which handle the error.
    this.client.on('error', () => undefined);
    this.client.once('connect', () => (this.phase = 'handshake'));
    this.client.once('ready', () => (this.phase = 'ready'));
    this.ready = this.client.connect().then(() => undefined);
    this.ready.catch(() => undefined);
  }

  /** Whether the connection has been ready. The connection may be lost since. */
  get wasReady(): boolean {
    return this.phase === 'ready';
  }

  /** Whether the connection has ended, or was never made. */
  get isLost(): boolean {
    return !this.client.isOpen;
  }

  /** Ends the connection at once. Commands that wait for an answer fail. */
  destroy(): void {
    const destroy = () => this.client.isOpen && this.client.destroy();
    // node-redis would leak the socket of a client that is destroyed while it connects.
    if (this.phase !== 'connecting') destroy();
    else this.client.once('connect', destroy).unref();
  }
}
