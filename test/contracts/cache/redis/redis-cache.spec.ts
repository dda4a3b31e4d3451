import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { CacheModule } from '../../../../src/cache/cache.module.ts';
import { Caches } from '../../../../src/cache/caches.ts';
import { ConfigModule } from '../../../../src/config/config.module.ts';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { DeadlineExceededError } from '../../../../src/resilience/guard/errors.ts';
import { ResilienceModule } from '../../../../src/resilience/resilience.module.ts';
import { TelemetryModule } from '../../../../src/telemetry/telemetry.module.ts';
import { HOUR_MS, TestCaches, type Value, valueSchema } from '../../../support/cache/test-caches.ts';
import { RedisServer } from '../../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../../support/requirements.ts';

describeWithRedis('a cache that is shared through Redis', () => {
  let server: RedisServer;
  let caches: TestCaches;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
    caches = new TestCaches(server.url);
  });

  afterEach(async () => {
    await caches.close();
    expect(caches.clock.pendingTimers).toBe(0);
  });

  afterAll(() => server.kill());

  const keys = async () => (await server.command('KEYS', '*')) as string[];

  it('hashes the keys in Redis, and lets Redis expire them', async () => {
    await caches.open().set('who is Ann?', { text: 'v' }, 90_000);
    const [key = ''] = await keys();
    expect(key).toMatch(/^failsoft:answers:[\w-]{43}$/);
    const left = Number(await server.command('PTTL', key));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(90_000);
  });

  it('prefers an accepted value in Redis to one in memory that is not accepted', async () => {
    const [mine, other] = [caches.open(), caches.open()];
    await mine.set('k', { text: 'stale' }, HOUR_MS);
    await other.set('k', { text: 'fresh' }, HOUR_MS);
    const accept = (value: Value) => value.text === 'fresh';
    expect(await mine.get('k')).toEqual({ text: 'stale' });
    expect(await mine.get('k', { accept })).toEqual({ text: 'fresh' });
    expect(await mine.get('k')).toEqual({ text: 'fresh' });
    expect(await mine.get('k', { accept: () => false })).toEqual({ text: 'fresh' });
  });

  it('returns the longer-lived of two values that are not accepted', async () => {
    const [mine, other] = [caches.open(), caches.open()];
    const accept = () => false;
    await mine.set('k', { text: 'old' }, HOUR_MS);
    await caches.clock.advance(1_000);
    await other.set('k', { text: 'newer' }, HOUR_MS);
    expect(await mine.get('k', { accept })).toEqual({ text: 'newer' });
    await mine.set('j', { text: 'mine' }, HOUR_MS);
    await other.set('j', { text: 'short' }, HOUR_MS / 2);
    expect(await mine.get('j', { accept })).toEqual({ text: 'mine' });
    const isUsable = ({ text }: Value) => text === 'old';
    await mine.set('l', { text: 'old' }, HOUR_MS);
    await caches.clock.advance(1_000);
    await other.set('l', { text: 'newer' }, HOUR_MS);
    expect(await mine.get('l', { accept, isUsable })).toEqual({ text: 'old' });
  });

  it('falls back to the value in memory at its time limit, and returns none to a caller who has left', async () => {
    const mine = caches.open();
    await mine.set('k', { text: 'stale' }, HOUR_MS);
    const accept = () => false;
    const spent = AbortSignal.abort(new DeadlineExceededError());
    expect(await mine.get('k', { accept, signal: spent })).toEqual({ text: 'stale' });
    expect(await mine.get('unknown', { accept, signal: spent })).toBeUndefined();
    const gone = new Error('gone');
    await expect(mine.get('k', { accept, signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
  });

  it('keeps a value from Redis in memory for the time it has left', async () => {
    const reader = caches.open();
    await caches.open().set('k', { text: 'v' }, 5_000);
    await caches.clock.advance(3_000);
    expect(await reader.get('k')).toEqual({ text: 'v' });
    await server.command('FLUSHALL');
    await caches.clock.advance(1_999);
    expect(await reader.get('k')).toEqual({ text: 'v' });
    await caches.clock.advance(1);
    expect(await reader.get('k')).toBeUndefined();
  });

  it('does not let a slow read restore a value that was replaced or deleted meanwhile', async () => {
    await caches.open().set('k', { text: 'old' }, HOUR_MS);
    const [replacing, forgetting] = [caches.open(), caches.open()];
    await Promise.all([replacing.get('k'), replacing.set('k', { text: 'new' }, HOUR_MS)]);
    expect(await replacing.get('k')).toEqual({ text: 'new' });
    await Promise.all([forgetting.get('k'), forgetting.delete('k')]);
    expect(await forgetting.get('k')).toBeUndefined();
  });

  it.each([
    ['text that is no JSON', 'hello'],
    ['JSON of another program', '{"answer":"x"}'],
    ['an entry of an earlier shape', JSON.stringify({ value: { message: 'x' }, expires_at: 4e12 })],
    ['an empty text', ''],
  ])('treats %s in Redis as a miss, and overwrites it', async (_, text) => {
    const cache = caches.open();
    await cache.set('k', { text: 'v' }, HOUR_MS);
    const [key = ''] = await keys();
    await server.command('SET', key, text);
    const other = caches.open();
    expect(await other.get('k')).toBeUndefined();
    await other.set('k', { text: 'again' }, HOUR_MS);
    expect(await caches.open().get('k')).toEqual({ text: 'again' });
  });

  it('treats a Redis key of another type as a miss and not as an outage', async () => {
    await caches.open().set('k', { text: 'v' }, HOUR_MS);
    const [key = ''] = await keys();
    await server.command('DEL', key);
    await server.command('LPUSH', key, 'x');
    const opened = caches.openAll();
    const cache = opened.create('answers', valueSchema);
    for (let i = 0; i < 10; i++) expect(await cache.get('k')).toBeUndefined();
    await expect(opened.ping(new AbortController().signal)).resolves.toBeUndefined();
  });

  it('shares one connection among concurrent calls and leaves none open', async () => {
    const clients = async () =>
      Number(/connected_clients:(\d+)/.exec(String(await server.command('INFO', 'clients')))?.[1]);
    const before = await clients();
    const cache = caches.open();
    const texts = Array.from({ length: 500 }, (_, i) => String(i));
    await Promise.all(texts.map((text) => cache.set(text, { text }, HOUR_MS)));
    expect(await clients()).toBe(before + 1);
    const reader = caches.open();
    const found = await Promise.all(texts.map((text) => reader.get(text)));
    expect(found.map((value) => value?.text)).toEqual(texts);
    await caches.close();
    expect(await clients()).toBe(before);
  });

  it('closes its connection when the application closes', async () => {
    const config = loadConfig({ REDIS_URL: server.url });
    const app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        TelemetryModule.forRoot(pino({ level: 'silent' })),
        ResilienceModule.forRoot(caches.clock, Math.random),
        CacheModule,
      ],
    }).compile();
    const opened = app.get(Caches);
    await opened.ping(new AbortController().signal);
    expect(opened.isShared).toBe(true);
    await app.close();
    await expect(opened.ping(new AbortController().signal)).rejects.toThrow('closed');
  });
});
