import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createInstances } from '../../../support/cache/cache-instance.ts';
import { HOUR_MS } from '../../../support/cache/test-caches.ts';
import { RedisServer } from '../../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../../support/requirements.ts';

const open = createInstances();

describeWithRedis('a cache with a Redis that refuses commands', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });

  afterEach(() => server.kill());

  const keyCount = async () => Number(await server.command('DBSIZE'));

  it.each([
    ['has become a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    [
      'misses its replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
    ['is out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
  ])('goes on reading and stops writing after five writes when Redis %s', async (_, breaking, mending) => {
    const writer = open(server.url);
    await writer.cache.set('before', 'v', HOUR_MS);
    await server.command(...breaking);
    expect(await open(server.url).cache.get('before')).toBe('v');
    for (let i = 0; i < 5; i++) await writer.cache.set(`refused ${i}`, 'v', HOUR_MS);
    expect(writer.settled.slice(1).map((event) => event.errorType)).toEqual(Array(5).fill('database'));
    await writer.expectNoCalls();
    await server.command(...mending);
    await writer.recover();
    expect(await keyCount()).toBe(1);
    await writer.cache.set('after', 'v', HOUR_MS);
    expect(await open(server.url).cache.get('after')).toBe('v');
  });

  it('leaves a Redis that has become a replica for the one that its address leads to now', async () => {
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

  it('calls a Redis that wants a password once, and counts no outage', async () => {
    const instance = open(server.url);
    await server.command('CONFIG', 'SET', 'requirepass', 'secret');
    for (let i = 0; i < 10; i++) expect(await instance.cache.get('k')).toBeUndefined();
    expect(instance.attempts).toBe(1);
    expect(instance.settled.map((event) => event.errorType)).toEqual(['credentials']);
    expect(instance.state).toBe('held');
    const url = server.url.replace('://', '://:secret@');
    await open(url).cache.set('k', 'v', HOUR_MS);
    expect(await open(url).cache.get('k')).toBe('v');
  });
});
