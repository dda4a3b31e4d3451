import { createClient, createKeyv, type Keyv } from '@keyv/redis';

/** Longer than this no connection is waited for; the calls that wait have a limit of their own. */
export const CONNECT_LIMIT_MS = 5_000;
/** Commands that may wait on one connection; further ones are refused at once. */
const MAX_QUEUED_COMMANDS = 1_000;

/**
 * One connection to Redis, from dialling to its end. It never reconnects and queues nothing while it is not up, so
 * that no call hangs on a dead Redis and no old write is sent to a Redis that has come back.
 */
export class RedisConnection {
  /** Resolves when Redis has answered the greeting; rejects when it cannot be reached. */
  readonly greeted: Promise<void>;
  private readonly client;
  private readonly keyv: Keyv<string>;
  private phase: 'dialling' | 'greeting' | 'up' = 'dialling';
  private calls = 0;
  private dropped = false;

  constructor(
    url: string,
    /** Monotonic milliseconds. */
    readonly startedAt: number,
  ) {
    this.client = createClient({
      url,
      commandsQueueMaxLength: MAX_QUEUED_COMMANDS,
      socket: { connectTimeout: CONNECT_LIMIT_MS, reconnectStrategy: false },
    });
    // An error of the connection fails the calls that wait on it, and those are accounted for.
    this.client.on('error', () => undefined);
    this.client.once('connect', () => (this.phase = 'greeting'));
    this.client.once('ready', () => (this.phase = 'up'));
    this.keyv = createKeyv(this.client, { throwOnErrors: true, throwOnConnectError: true });
    // Values are text already; what is no text of ours is for the reader to find out.
    this.keyv.serialize = ({ value }) => String(value);
    this.keyv.deserialize = (text) => ({ value: text as never });
    this.greeted = this.client.connect().then(() => undefined);
    this.greeted.catch(() => undefined);
  }

  get isUp(): boolean {
    return this.phase === 'up';
  }

  /** Whether it has ended: by itself, or because it was dropped. */
  get isLost(): boolean {
    return this.dropped || !this.client.isOpen;
  }

  async get(key: string): Promise<string | undefined> {
    return this.keyv.get(key);
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    await this.keyv.set(key, text, Math.ceil(ttlMs));
  }

  async delete(key: string): Promise<void> {
    await this.keyv.delete(key);
  }

  async ping(): Promise<void> {
    await this.client.ping();
  }

  /** Counts a call that uses this connection, until the returned function is called. */
  use(): () => void {
    this.calls++;
    return () => {
      if (--this.calls === 0 && this.dropped) this.destroy();
    };
  }

  /** Ends the connection as soon as no call uses it any more. */
  drop(): void {
    if (this.dropped) return;
    this.dropped = true;
    if (this.calls === 0) this.destroy();
  }

  private destroy(): void {
    const destroy = () => this.client.isOpen && this.client.destroy();
    // A client destroyed while it dials would leave its socket behind.
    if (this.phase !== 'dialling') destroy();
    else this.client.once('connect', destroy).unref();
  }
}
