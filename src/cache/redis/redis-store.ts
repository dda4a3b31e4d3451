import { createKeyv, type Keyv } from '@keyv/redis';
import { ServiceError } from '../../telemetry/service-error.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { AttemptTimeoutError } from '../../resilience/guard/errors.ts';
import type { Guard } from '../../resilience/guard/guard.ts';
import { classifyCacheError } from '../classify-redis-error.ts';
import { CONNECT_LIMIT_MS, OneShotRedisClient } from './one-shot-client.ts';

/** Commands that may wait on one connection. Raised, more memory is held when Redis does not answer. */
const MAX_QUEUED_COMMANDS = 1_000;

/** Values looked at with one command. Raised, other commands wait longer. */
const READ_AT_ONCE = 200;

/** Names under which a value is found again. */
export interface Tags {
  names: string[];
  /** Of the documents that the value was made from. */
  revision: number;
  /** The longest that any value with these names is stored, in milliseconds. */
  keepMs: number;
}

/** A connection with the store that works on it. */
interface Connection {
  redis: OneShotRedisClient;
  keyv: Keyv<string>;
  /** Monotonic milliseconds. */
  startedAt: number;
}

/**
 * The store that the instances share. Every call passes the guard and has its time limit. The first call connects, and so
 * does the next one after a failure: while the guard's circuit is open nothing is sent at all.
 */
export class RedisStore {
  private connection: Connection | undefined;
  private readonly running = new Set<Promise<unknown>>();
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly timeoutMs: number,
    private readonly guard: Guard,
    private readonly clock: Clock,
  ) {}

  /** @throws what the guard throws, or Redis's error */
  get(key: string, signal?: AbortSignal): Promise<string | undefined> {
    return this.call(({ keyv }) => keyv.get(key), signal);
  }

  /**
   * Redis itself forgets the value after `ttlMs`, above 0. With tags, `deleteTagged` finds it.
   * @throws what the guard throws, or Redis's error
   */
  async set(key: string, text: string, ttlMs: number, tags?: Tags): Promise<void> {
    const PX = Math.ceil(ttlMs);
    await this.call<unknown>(({ keyv, redis }) => {
      if (!tags) return keyv.set(key, text, PX);
      const now = this.clock.wall();
      const commands = redis.client.multi().set(key, text, { PX });
      for (const name of tags.names)
        commands
          .zAdd(name, { score: now + PX, value: `${tags.revision} ${key}` })
          .zRemRangeByScore(name, '-inf', now)
          .pExpire(name, Math.ceil(tags.keepMs) + PX);
      return commands.exec();
    });
  }

  /**
   * Deletes the values with a tag that are of an earlier revision, a few at a time.
   * @throws what the guard throws, or Redis's error
   */
  async deleteTagged(name: string, revision: number): Promise<void> {
    for (let from = 0; ;) {
      const members = await this.call(({ redis }) =>
        redis.client.zRange(name, from, from + READ_AT_ONCE - 1),
      );
      const earlier = members.filter((member) => Number.parseFloat(member) < revision);
      const keys = earlier.map((member) => member.slice(member.indexOf(' ') + 1));
      if (earlier.length > 0)
        await this.call(({ redis }) => redis.client.multi().unlink(keys).zRem(name, earlier).exec());
      if (members.length < READ_AT_ONCE) return;
      from += members.length - earlier.length;
    }
  }

  /** @throws what the guard throws, or Redis's error */
  async delete(key: string): Promise<void> {
    await this.call(({ keyv }) => keyv.delete(key));
  }

  /** @throws what the guard throws, or Redis's error */
  async ping(signal: AbortSignal): Promise<void> {
    await this.call(({ redis }) => redis.client.ping(), signal);
  }

  /** Waits for the calls under way, each of which has its time limit, and disconnects. Later calls fail. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.running);
    this.connection?.redis.destroy();
  }

  private call<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { timeoutMs } = this;
    const attempt = (attemptSignal: AbortSignal) => this.attempt(work, attemptSignal);
    return this.track(this.guard.execute(attempt, { signal, timeoutMs, classify: classifyCacheError }));
  }

  /** Has `close` wait for it. */
  private track<T>(work: Promise<T>): Promise<T> {
    const done: Promise<unknown> = work.catch(() => undefined).finally(() => this.running.delete(done));
    this.running.add(done);
    return work;
  }

  private async attempt<T>(work: (connection: Connection) => Promise<T>, signal: AbortSignal): Promise<T> {
    const connection = this.connect();
    try {
      return await untilAborted(async () => {
        await connection.redis.ready;
        // Its caller has given it up: sent now, a write would be an old one.
        signal.throwIfAborted();
        return work(connection);
      }, signal);
    } catch (error) {
      if (isSpoilt(connection, error, signal)) this.retire(connection);
      throw error;
    }
  }

  private connect(): Connection {
    if (this.closed) throw new ServiceError('the cache is closed');
    const now = this.clock.now();
    if (this.connection && isOver(this.connection, now)) this.retire(this.connection);
    this.connection ??= open(this.url, now);
    return this.connection;
  }

  /** The next call connects anew. The calls under way may end on this connection: each has its time limit. */
  private retire(connection: Connection): void {
    if (this.connection !== connection) return;
    this.connection = undefined;
    void this.track(Promise.allSettled(this.running).then(() => connection.redis.destroy()));
  }
}

function open(url: string, startedAt: number): Connection {
  const redis = new OneShotRedisClient(url, MAX_QUEUED_COMMANDS);
  const keyv = createKeyv(redis.client, { throwOnErrors: true, throwOnConnectError: true });
  // Values are already serialised; the caller validates what it reads.
  keyv.serialize = ({ value }) => String(value);
  keyv.deserialize = (text) => ({ value: text as never });
  return { redis, keyv, startedAt };
}

function isOver({ redis, startedAt }: Connection, now: number): boolean {
  return redis.isLost || (!redis.wasReady && now - startedAt >= CONNECT_LIMIT_MS);
}

/**
 * Whether the next call should connect anew. It should after a failure, for the address may by now lead to a healthy
 * Redis. It should not when connecting took longer than one call's limit, or a distant Redis would never be reached.
 */
function isSpoilt({ redis }: Connection, error: unknown, signal: AbortSignal): boolean {
  if (error instanceof AttemptTimeoutError) return redis.wasReady;
  return !signal.aborted && classifyCacheError(error).outcome === 'failure';
}
