import { createKeyv, type Keyv } from '@keyv/redis';
import { DialledClient } from './dialled-client.ts';

/** Commands that may wait on one connection; further ones are refused at once. */
const MAX_QUEUED_COMMANDS = 1_000;

/** One connection to Redis for the values that the instances share, from dialling to its end. */
export class RedisConnection {
  private readonly dialled: DialledClient;
  private readonly keyv: Keyv<string>;
  private calls = 0;
  private dropped = false;

  constructor(
    url: string,
    /** Monotonic milliseconds. */
    readonly startedAt: number,
  ) {
    this.dialled = new DialledClient(url, MAX_QUEUED_COMMANDS);
    this.keyv = createKeyv(this.dialled.client, { throwOnErrors: true, throwOnConnectError: true });
    // Values are text already; what is no text of ours is for the reader to find out.
    this.keyv.serialize = ({ value }) => String(value);
    this.keyv.deserialize = (text) => ({ value: text as never });
  }

  /** Resolves when Redis has answered the greeting; rejects when it cannot be reached. */
  get greeted(): Promise<void> {
    return this.dialled.greeted;
  }

  get isUp(): boolean {
    return this.dialled.isUp;
  }

  /** Whether it has ended: by itself, or because it was dropped. */
  get isLost(): boolean {
    return this.dropped || !this.dialled.client.isOpen;
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
    await this.dialled.client.ping();
  }

  /** Counts a call that uses this connection, until the returned function is called. */
  use(): () => void {
    this.calls++;
    return () => {
      if (--this.calls === 0 && this.dropped) this.dialled.destroy();
    };
  }

  /** Ends the connection as soon as no call uses it any more. */
  drop(): void {
    if (this.dropped) return;
    this.dropped = true;
    if (this.calls === 0) this.dialled.destroy();
  }
}
