import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { OPEN_MS, TIMEOUT_MS, createInstances } from '../../../support/cache/cache-instance.ts';
import { HOUR_MS, TestCaches, valueSchema } from '../../../support/cache/test-caches.ts';
import { RedisServer } from '../../../support/redis/redis-server.ts';

const open = createInstances();

describe('a cache with an unreachable Redis', () => {
  it('makes five refused calls and then none', async () => {
    const { url } = await RedisServer.prepare();
    const instance = open(url);
    for (let i = 0; i < 5; i++) expect(await instance.cache.get('k')).toBeUndefined();
    expect(instance.settled.map((event) => event.errorType)).toEqual(Array(5).fill('network'));
    await instance.expectNoCalls();
  });

  it('waits at most its time limit for an address that accepts and never answers', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined).resume()));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const instance = open(`redis://127.0.0.1:${address.port}`);
    for (let i = 0; i < 5; i++) expect(await instance.timeOut(() => instance.cache.get('k'))).toBeUndefined();
    expect(instance.settled.map((event) => event.durationMs)).toEqual(Array(5).fill(TIMEOUT_MS));
    await instance.expectNoCalls();
    // One connection was dialled for all five, and the trial gives it up for another.
    expect(sockets.size).toBe(1);
    const [first] = sockets;
    await instance.clock.advance(OPEN_MS);
    const closed = first ? once(first, 'close') : undefined;
    await instance.timeOut(() => instance.cache.get('k'));
    await closed;
    await instance.redis.close();
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    server.close();
  });

  it('deletes what was made from deleted documents from every cache in memory, and says that Redis was not reached', async () => {
    const { url } = await RedisServer.prepare();
    const test = new TestCaches(url);
    const caches = test.openAll();
    const filled = (['answers', 'contexts'] as const).map((name) =>
      caches.create(name, valueSchema, ({ text }) => ({
        documents: [text],
        revision: text === 'new' ? 2 : 1,
      })),
    );
    for (const cache of filled)
      for (const id of ['deleted', 'kept', 'new']) await cache.set(id, { text: id }, HOUR_MS);
    const deletions = new Map([
      ['deleted', 2],
      ['new', 2],
    ]);
    await expect(caches.purge(deletions)).rejects.toThrow('redis rejected the call (open)');
    for (const cache of filled) {
      expect(cache.getSync('deleted')).toBeUndefined();
      expect(cache.getSync('kept')).toEqual({ text: 'kept' });
      expect(cache.getSync('new')).toEqual({ text: 'new' });
    }
    await test.close();
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
