import { createClient } from '@keyv/redis';

/** Longer than this no connection is waited for. */
export const CONNECT_LIMIT_MS = 5_000;

/**
 * A client of one connection to Redis, dialled at once and never again. It queues nothing while it is not up, so that
 * no call hangs on a dead Redis and no old write is sent to a Redis that has come back.
 */
export class DialledClient {
  readonly client;
  /** Resolves when Redis has answered the greeting; rejects when it cannot be reached. */
  readonly greeted: Promise<void>;
  private phase: 'dialling' | 'greeting' | 'up' = 'dialling';

  constructor(
    url: string,
    /** Commands that may wait for their answers; further ones are refused at once. */
    maxQueuedCommands: number,
  ) {
    this.client = createClient({
      url,
      commandsQueueMaxLength: maxQueuedCommands,
      socket: { connectTimeout: CONNECT_LIMIT_MS, reconnectStrategy: false },
    });
    // An error of the connection fails the calls that wait on it, and those are accounted for.
    this.client.on('error', () => undefined);
    this.client.once('connect', () => (this.phase = 'greeting'));
    this.client.once('ready', () => (this.phase = 'up'));
    this.greeted = this.client.connect().then(() => undefined);
    // Each call waits for it, and fails with it.
    this.greeted.catch(() => undefined);
  }

  get isUp(): boolean {
    return this.phase === 'up';
  }

  /** Ends the connection at once. */
  destroy(): void {
    const destroy = () => this.client.isOpen && this.client.destroy();
    // A client destroyed while it dials would leave its socket behind.
    if (this.phase !== 'dialling') destroy();
    else this.client.once('connect', destroy).unref();
  }
}
