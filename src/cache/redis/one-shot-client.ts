import { createClient } from '@keyv/redis';

/** Milliseconds until a connection that is not ready is given up. Raised, a Redis that accepts and says nothing is left later. */
export const CONNECT_LIMIT_MS = 5_000;

/**
 * A client that connects once, at once. Whoever uses it waits for `ready` and connects anew with another one after it was
 * lost: so no call hangs on a dead Redis, and a Redis that comes back gets no old write.
 */
export class OneShotRedisClient {
  readonly client;
  /** Resolves when Redis has answered the handshake. Rejects when it cannot be reached; nobody need listen. */
  readonly ready: Promise<void>;
  private phase: 'connecting' | 'handshake' | 'ready' = 'connecting';

  /** @param maxQueuedCommands how many may wait for their answers: further ones are refused at once */
  constructor(url: string, maxQueuedCommands: number) {
    this.client = createClient({
      url,
      commandsQueueMaxLength: maxQueuedCommands,
      socket: { connectTimeout: CONNECT_LIMIT_MS, reconnectStrategy: false },
    });
    // An error of the connection fails the calls that wait on it, and those are accounted for.
    this.client.on('error', () => undefined);
    this.client.once('connect', () => (this.phase = 'handshake'));
    this.client.once('ready', () => (this.phase = 'ready'));
    this.ready = this.client.connect().then(() => undefined);
    this.ready.catch(() => undefined);
  }

  /** Whether it has been ready; it may be lost since. */
  get wasReady(): boolean {
    return this.phase === 'ready';
  }

  /** Whether its connection has ended, or was never made. */
  get isLost(): boolean {
    return !this.client.isOpen;
  }

  /** Ends the connection at once, and with it what waits for an answer. */
  destroy(): void {
    const destroy = () => this.client.isOpen && this.client.destroy();
    // node-redis would leave the socket of a client behind that is destroyed while it connects.
    if (this.phase !== 'connecting') destroy();
    else this.client.once('connect', destroy).unref();
  }
}
