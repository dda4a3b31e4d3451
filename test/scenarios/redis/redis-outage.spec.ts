import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { z } from 'zod';
import { Cache } from '../../../src/cache/cache.ts';
import { RedisStore } from '../../../src/cache/redis/redis-store.ts';
import { guardSettings } from '../../../src/config/app-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../support/requirements.ts';

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 100;
const OPEN_MS = 30_000;
/** Of both ends of a connection over the loopback. */
const LARGER_THAN_BUFFERS = 32 * 1024 * 1024;
const config = loadConfig({});

/** One instance of the service as far as its cache goes. Its clock stands still unless a test moves it. */
class Instance {
  readonly clock = new FakeClock();
  readonly events: GuardEvent[] = [];
  readonly guard: Guard;
  readonly redis: RedisStore;
  readonly cache: Cache<string>;
  private waiting: { attempts: number; resolve: () => void } | undefined;

  constructor(url: string, limits = { maxEntries: 1_000, maxBytes: 1_000_000 }) {
    const settings = guardSettings(config, 'redis');
    // Without jitter, so that the open time is exactly what is configured.
    this.guard = new Guard(
      'redis',
      settings,
      this.clock,
      (event) => this.hear(event),
      () => 0,
    );
    this.redis = new RedisStore(url, TIMEOUT_MS, this.guard, this.clock);
    const { redis, clock } = this;
    this.cache = new Cache('answers', z.string(), { limits, redis, clock, metrics: new Metrics() });
  }

  get state() {
    return this.guard.snapshot().state;
  }

  /** Calls that were let through to Redis. */
  get attempts(): number {
    return this.events.filter((event) => event.type === 'attempt').length;
  }

  get settled() {
    return this.events.filter((event) => event.type === 'settled');
  }

  /** Makes a call and waits until `attempts` have begun in all. */
  async begin<T>(call: () => Promise<T>, attempts = this.attempts + 1): Promise<{ result: Promise<T> }> {
    const begun = new Promise<void>((resolve) => (this.waiting = { attempts, resolve }));
    const result = call();
    await begun;
    return { result };
  }

  /** Makes a call and, once `attempts` have begun in all, lets the time limit of Redis pass. */
  async timeOut<T>(call: () => Promise<T>, attempts?: number): Promise<T> {
    const { result } = await this.begin(call, attempts);
    await this.clock.advance(TIMEOUT_MS);
    return result;
  }

  /** Lets the open time pass and Redis prove itself: two trials close the circuit. */
  async recover(): Promise<void> {
    await this.clock.advance(OPEN_MS);
    for (let trial = 0; trial < 2; trial++) await this.redis.ping(new AbortController().signal);
    expect(this.state).toBe('closed');
  }

  /** No call reaches Redis, none waits, and none fails. */
  async staysAway(): Promise<void> {
    expect(this.state).toBe('open');
    const { attempts } = this;
    for (let i = 0; i < 100; i++) {
      expect(await this.cache.get(`away ${i}`)).toBeUndefined();
      await this.cache.set('kept', String(i), HOUR_MS);
      expect(await this.cache.get('kept')).toBe(String(i));
      await this.cache.delete('kept');
    }
    expect(this.attempts).toBe(attempts);
    expect(this.clock.pendingTimers).toBe(0);
  }

  private hear(event: GuardEvent): void {
    this.events.push(event);
    if (this.waiting && this.attempts >= this.waiting.attempts) this.waiting.resolve();
  }
}

let instances: Instance[] = [];

function open(...options: ConstructorParameters<typeof Instance>): Instance {
  const instance = new Instance(...options);
  instances.push(instance);
  return instance;
}

afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.redis.close()));
  for (const instance of instances) expect(instance.clock.pendingTimers).toBe(0);
  instances = [];
});

describe('a cache with an unreachable Redis', () => {
  it('makes five refused calls and then none', async () => {
    const { url } = await RedisServer.prepare();
    const instance = open(url);
    for (let i = 0; i < 5; i++) expect(await instance.cache.get('k')).toBeUndefined();
    expect(instance.settled.map((event) => event.errorType)).toEqual(Array(5).fill('network'));
    await instance.staysAway();
  });

  it('waits at most its time limit for an address that accepts and never answers', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => void sockets.add(socket.on('error', () => undefined).resume()));
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const address = mute.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const instance = open(`redis://127.0.0.1:${address.port}`);
    for (let i = 0; i < 5; i++) expect(await instance.timeOut(() => instance.cache.get('k'))).toBeUndefined();
    expect(instance.settled.map((event) => event.durationMs)).toEqual(Array(5).fill(TIMEOUT_MS));
    await instance.staysAway();
    // One connection was dialled for all five, and the trial gives it up for another.
    expect(sockets.size).toBe(1);
    const [first] = sockets;
    await instance.clock.advance(OPEN_MS);
    const closed = first ? once(first, 'close') : undefined;
    await instance.timeOut(() => instance.cache.get('k'));
    await closed;
    await instance.redis.close();
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    mute.close();
  });

  it('works in memory, bounded in entries and in bytes', async () => {
    const { url } = await RedisServer.prepare();
    const few = open(url, { maxEntries: 50, maxBytes: 1_000_000 });
    const small = open(url, { maxEntries: 1_000_000, maxBytes: 20_000 });
    for (let i = 0; i < 3_000; i++) {
      await few.cache.set(`question ${i}`, 'x'.repeat(i % 100), HOUR_MS);
      await small.cache.set(`question ${i}`, 'x'.repeat(i % 100), HOUR_MS);
    }
    expect(few.cache.size.entries).toBe(50);
    expect(small.cache.size.bytes).toBeLessThanOrEqual(20_000);
    expect(small.cache.size.bytes).toBeGreaterThan(19_000);
    await small.cache.set('too large', 'x'.repeat(20_001), HOUR_MS);
    expect(await small.cache.get('too large')).toBeUndefined();
  });
});

describeWithRedis('a cache during a Redis outage', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });

  afterEach(() => server.kill());

  const keyCount = async () => Number(await server.command('DBSIZE'));

  it('waits its time limit for the first calls to a frozen Redis, and sends no late command', async () => {
    const instance = open(server.url);
    await instance.cache.set('before', 'v', HOUR_MS);
    server.freeze();
    const first = [1, 2, 3].map((i) => () => instance.cache.get(`first ${i}`));
    // In flight on the live connection at the same time: one time limit for all.
    const found = await instance.timeOut(
      () => Promise.all(first.map((call) => call())),
      instance.attempts + 3,
    );
    expect(found).toEqual([undefined, undefined, undefined]);
    for (let i = 0; i < 2; i++) await instance.timeOut(() => instance.cache.set(`late ${i}`, 'v', HOUR_MS));
    const outage = instance.settled.slice(1);
    expect(outage.map((event) => event.errorType)).toEqual(Array(5).fill('timeout'));
    expect(outage.map((event) => event.durationMs)).toEqual(Array(5).fill(TIMEOUT_MS));
    await instance.staysAway();
    server.thaw();
    await instance.recover();
    expect(await open(server.url).cache.get('before')).toBe('v');
    expect(await keyCount()).toBe(1);
    await instance.cache.set('after', 'v', HOUR_MS);
    expect(await open(server.url).cache.get('after')).toBe('v');
  });

  it('is frozen gets no write later that did not fit into the connection', async () => {
    const instance = open(server.url);
    await instance.cache.set('before', 'v', HOUR_MS);
    server.freeze();
    const writes = ['x'.repeat(LARGER_THAN_BUFFERS), 'v'].map(
      (value, i) => () => instance.redis.set(`late ${i}`, value, HOUR_MS),
    );
    await instance.timeOut(
      () => Promise.allSettled(writes.map((write) => write())),
      instance.attempts + writes.length,
    );
    expect(instance.settled.slice(1).map((event) => event.errorType)).toEqual(['timeout', 'timeout']);
    server.thaw();
    await instance.redis.ping(new AbortController().signal);
    expect(await keyCount()).toBe(1);
  });

  it('is frozen lets a caller go at once when it leaves', async () => {
    const instance = open(server.url);
    await instance.redis.ping(new AbortController().signal);
    server.freeze();
    const caller = new AbortController();
    const call = await instance.begin(() => instance.cache.get('k', { signal: caller.signal }));
    caller.abort(new Error('left'));
    await expect(call.result).rejects.toThrow('left');
    expect(instance.settled.map((event) => event.errorType)).toEqual([null, 'cancelled']);
    expect(instance.state).toBe('closed');
    server.thaw();
  });

  it('queues at most a thousand commands for a frozen Redis, and counts the others as no failure', async () => {
    const instance = open(server.url);
    await instance.redis.ping(new AbortController().signal);
    server.freeze();
    const reads = () => Promise.all(Array.from({ length: 1_200 }, (_, i) => instance.cache.get(`k ${i}`)));
    await instance.timeOut(reads, instance.attempts + 1_200);
    const ends = instance.settled.slice(1).map((event) => event.errorType);
    expect(ends.filter((end) => end === 'rejected')).toHaveLength(200);
    expect(ends.filter((end) => end === 'timeout')).toHaveLength(1_000);
    server.thaw();
  });

  it('closes in time while Redis is frozen', async () => {
    const instance = open(server.url);
    await instance.redis.ping(new AbortController().signal);
    server.freeze();
    const closing = await instance.timeOut(() => {
      const call = instance.cache.set('k', 'v', HOUR_MS);
      return Promise.allSettled([call, instance.redis.close()]);
    });
    expect(closing.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    server.thaw();
  });

  it('uses a killed Redis again when it is back, without the writes of the outage', async () => {
    const instance = open(server.url);
    await instance.cache.set('before', 'v', HOUR_MS);
    await server.kill();
    for (let i = 0; i < 5; i++) await instance.cache.set(`gone ${i}`, 'v', HOUR_MS);
    await instance.staysAway();
    expect(instance.settled.slice(1).map((event) => event.errorType)).toEqual(Array(5).fill('network'));
    expect(await instance.cache.get('before')).toBe('v');
    await server.start();
    await instance.recover();
    expect(await keyCount()).toBe(0);
    await instance.cache.set('after', 'v', HOUR_MS);
    expect(await open(server.url).cache.get('after')).toBe('v');
  });

  it('uses a quickly restarted Redis again at once, with its circuit closed', async () => {
    const instance = open(server.url);
    await instance.cache.set('before', 'v', HOUR_MS);
    await server.kill();
    await server.start();
    await instance.cache.set('a', 'v', HOUR_MS);
    await instance.cache.set('b', 'v', HOUR_MS);
    expect(instance.state).toBe('closed');
    expect(await open(server.url).cache.get('b')).toBe('v');
  });

  it('reconnects with the next call after Redis has dropped its clients', async () => {
    const instance = open(server.url);
    await instance.cache.set('before', 'v', HOUR_MS);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await instance.cache.set('a', 'v', HOUR_MS);
    await instance.cache.set('b', 'v', HOUR_MS);
    expect(instance.state).toBe('closed');
    expect(await open(server.url).cache.get('b')).toBe('v');
  });

  it.each([
    ['has become a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    [
      'misses its replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
    ['is out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
  ])('goes on reading and stops writing after five writes when Redis %s', async (_, sicken, heal) => {
    const writer = open(server.url);
    await writer.cache.set('before', 'v', HOUR_MS);
    await server.command(...sicken);
    expect(await open(server.url).cache.get('before')).toBe('v');
    for (let i = 0; i < 5; i++) await writer.cache.set(`refused ${i}`, 'v', HOUR_MS);
    expect(writer.settled.slice(1).map((event) => event.errorType)).toEqual(Array(5).fill('database'));
    await writer.staysAway();
    await server.command(...heal);
    await writer.recover();
    expect(await keyCount()).toBe(1);
    await writer.cache.set('after', 'v', HOUR_MS);
    expect(await open(server.url).cache.get('after')).toBe('v');
  });

  it('has become a replica is left for the one that its address leads to by now', async () => {
    const next = await RedisServer.start();
    let { port } = server;
    const address = createServer((inner) => {
      const outer = connect(port, '127.0.0.1');
      for (const socket of [inner, outer]) socket.on('error', () => undefined);
      inner.pipe(outer).pipe(inner);
    }).listen(0, '127.0.0.1');
    await once(address, 'listening');
    const instance = open(`redis://127.0.0.1:${(address.address() as AddressInfo).port}`);
    await instance.cache.set('before', 'v', HOUR_MS);
    await server.command('REPLICAOF', '127.0.0.1', '1');
    port = next.port;
    for (let i = 0; i < 3; i++) await instance.cache.set(`after ${i}`, 'v', HOUR_MS);
    expect(instance.settled.map((event) => event.errorType)).toEqual([null, 'database', null, null]);
    expect(await next.command('DBSIZE')).toBe(2);
    await instance.redis.close();
    await next.kill();
    address.close();
    await once(address, 'close');
  });

  it('wants a password is left alone after one call, and is no outage', async () => {
    const instance = open(server.url);
    await server.command('CONFIG', 'SET', 'requirepass', 'secret');
    for (let i = 0; i < 10; i++) expect(await instance.cache.get('k')).toBeUndefined();
    expect(instance.attempts).toBe(1);
    expect(instance.settled.map((event) => event.errorType)).toEqual(['credentials']);
    expect(instance.state).toBe('closed');
    const url = server.url.replace('://', '://:secret@');
    await open(url).cache.set('k', 'v', HOUR_MS);
    expect(await open(url).cache.get('k')).toBe('v');
  });
});
