import { TIMEOUT_MS, createInstances } from '../../../support/cache/cache-instance.ts';
import { HOUR_MS } from '../../../support/cache/test-caches.ts';
import { RedisServer } from '../../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../../support/requirements.ts';

const open = createInstances();

/** Of both ends of a connection over the loopback. */
const LARGER_THAN_BUFFERS = 32 * 1024 * 1024;

describeWithRedis('a cache with a frozen Redis', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });

  afterEach(() => server.kill());

  const keyCount = async () => Number(await server.command('DBSIZE'));

  it('waits its time limit for the first calls, and sends no late command', async () => {
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
    await instance.expectNoCalls();
    server.thaw();
    await instance.recover();
    expect(await open(server.url).cache.get('before')).toBe('v');
    expect(await keyCount()).toBe(1);
    await instance.cache.set('after', 'v', HOUR_MS);
    expect(await open(server.url).cache.get('after')).toBe('v');
  });

  it('sends no write later that did not fit into the connection', async () => {
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

  it('returns at once to a caller who leaves', async () => {
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

  it('queues at most a thousand commands, and counts the others as no failure', async () => {
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

  it('closes within the time limit', async () => {
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
});
