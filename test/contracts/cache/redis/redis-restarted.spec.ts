import { createInstances } from '../../../support/cache/cache-instance.ts';
import { HOUR_MS } from '../../../support/cache/test-caches.ts';
import { RedisServer } from '../../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../../support/requirements.ts';

const open = createInstances();

describeWithRedis('a cache whose Redis ends its connections', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });

  afterEach(() => server.kill());

  const keyCount = async () => Number(await server.command('DBSIZE'));

  it('uses a killed Redis again when it is back, without the writes of the outage', async () => {
    const instance = open(server.url);
    await instance.cache.set('before', 'v', HOUR_MS);
    await server.kill();
    for (let i = 0; i < 5; i++) await instance.cache.set(`gone ${i}`, 'v', HOUR_MS);
    await instance.expectNoCalls();
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
});
