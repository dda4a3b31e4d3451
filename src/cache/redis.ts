import { ServiceError } from '../errors/service-error.ts';
import { untilAborted } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { AttemptTimeoutError } from '../resilience/errors.ts';
import type { Guard } from '../resilience/guard.ts';
import { classifyCacheError } from './classify.ts';
import { CONNECT_LIMIT_MS } from './dialled-client.ts';
import { RedisConnection } from './redis-connection.ts';

/**
 * The store that the instances share. Every call passes the guard and has its time limit; the first one dials, and so
 * does the next after a connection was lost: while the guard's circuit is open nothing is sent at all.
 */
export class Redis {
  private connection: RedisConnection | undefined;
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
    return this.call((connection) => connection.get(key), signal);
  }

  /** Redis itself forgets the value after `ttlMs`, above 0. @throws what the guard throws, or Redis's error */
  set(key: string, text: string, ttlMs: number): Promise<void> {
    return this.call((connection) => connection.set(key, text, ttlMs));
  }

  /** @throws what the guard throws, or Redis's error */
  delete(key: string): Promise<void> {
    return this.call((connection) => connection.delete(key));
  }

  /** @throws what the guard throws, or Redis's error */
  ping(signal: AbortSignal): Promise<void> {
    return this.call((connection) => connection.ping(), signal);
  }

  /** Waits for the calls under way, each of which has its time limit, and disconnects. Later calls fail. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.allSettled(this.running);
    this.connection?.drop();
  }

  private call<T>(work: (connection: RedisConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { timeoutMs } = this;
    const attempt = (attemptSignal: AbortSignal) => this.attempt(work, attemptSignal);
    const call = this.guard.execute(attempt, { signal, timeoutMs, classify: classifyCacheError });
    // The guard has logged what failed, and the caller gets it.
    const done: Promise<unknown> = call.catch(() => undefined).finally(() => this.running.delete(done));
    this.running.add(done);
    return call;
  }

  private async attempt<T>(
    work: (connection: RedisConnection) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const connection = this.connect();
    const leave = connection.use();
    try {
      return await untilAborted(async () => {
        await connection.greeted;
        // Its caller has given it up: sent now, a write would be an old one.
        signal.throwIfAborted();
        return work(connection);
      }, signal);
    } catch (error) {
      if (isSpoilt(connection, error, signal)) connection.drop();
      throw error;
    } finally {
      leave();
    }
  }

  private connect(): RedisConnection {
    if (this.closed) throw new ServiceError('the cache is closed');
    const known = this.connection;
    const now = this.clock.now();
    if (known && !known.isLost && (known.isUp || now - known.startedAt < CONNECT_LIMIT_MS)) return known;
    known?.drop();
    this.connection = new RedisConnection(this.url, now);
    return this.connection;
  }
}

/**
 * Whether the next call should dial anew: after a failure, for the address may by now lead to a healthy Redis, but not
 * when the dialling itself took longer than one call's limit, or a distant Redis would never be reached.
 */
function isSpoilt(connection: RedisConnection, error: unknown, signal: AbortSignal): boolean {
  if (error instanceof AttemptTimeoutError) return connection.isUp;
  return !signal.aborted && classifyCacheError(error).outcome === 'failure';
}
