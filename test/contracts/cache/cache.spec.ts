import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { z } from 'zod';
import { CacheModule } from '../../../src/cache/cache.module.ts';
import type { Cache } from '../../../src/cache/cache.ts';
import { Caches } from '../../../src/cache/caches.ts';
import { ConfigModule } from '../../../src/config/config.module.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { DeadlineExceededError } from '../../../src/resilience/guard/errors.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { ResilienceModule } from '../../../src/resilience/resilience.module.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { TelemetryModule } from '../../../src/telemetry/telemetry.module.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

const schema = z.object({ text: z.string(), n: z.number().optional() });
type Value = z.infer<typeof schema>;

const HOUR_MS = 3_600_000;
/** Of all that one cache holds. */
const MAX_BYTES = 64 * 1024 * 1024;

let server: RedisServer | undefined;
let clock: FakeClock;
let opened: Caches[];

function open(): Cache<Value> {
  const config = loadConfig({ REDIS_URL: server?.url, CACHE_MAX_ENTRIES: '100' });
  const guards = new GuardRegistry(config, clock, pino({ level: 'silent' }));
  const caches = new Caches(config, guards, clock, new Metrics());
  opened.push(caches);
  return caches.create('answers', schema);
}

beforeEach(() => {
  clock = new FakeClock();
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((caches) => caches.onApplicationShutdown()));
  expect(clock.pendingTimers).toBe(0);
});

/** What holds for every cache; `reader` sees what `writer` has written. */
function behavesAsCache(pair: () => { writer: Cache<Value>; reader: Cache<Value> }): void {
  it('returns the value that was set', async () => {
    const { writer, reader } = pair();
    await writer.set('a question?', { text: 'an answer ☂ \u0000', n: 1.5 }, HOUR_MS);
    expect(await reader.get('a question?')).toEqual({ text: 'an answer ☂ \u0000', n: 1.5 });
    expect(await reader.get('another question?')).toBeUndefined();
  });

  it('replaces a value, and deletes it', async () => {
    const { writer, reader } = pair();
    await writer.set('k', { text: 'old' }, HOUR_MS);
    await writer.set('k', { text: 'new' }, HOUR_MS);
    expect(await reader.get('k')).toEqual({ text: 'new' });
    await reader.delete('k');
    expect(await reader.get('k')).toBeUndefined();
  });

  it('expires a value when its time to live is over', async () => {
    const { writer, reader } = pair();
    await writer.set('k', { text: 'v' }, 5_000);
    await clock.advance(4_999);
    expect(await reader.get('k')).toEqual({ text: 'v' });
    await clock.advance(1);
    expect(await reader.get('k')).toBeUndefined();
    expect(await writer.get('k')).toBeUndefined();
  });

  it('stores no value with a time to live of 0, and none that does not match the schema', async () => {
    const { writer, reader } = pair();
    await writer.set('zero', { text: 'v' }, 0);
    await writer.set('nan', { text: 'v', n: Number.NaN }, HOUR_MS);
    expect(await reader.get('zero')).toBeUndefined();
    expect(await reader.get('nan')).toBeUndefined();
  });

  it('says whether it holds a value', async () => {
    const { writer, reader } = pair();
    expect(writer.hold('k', { text: 'v' }, HOUR_MS)).toBe(true);
    await until('the other has it, too', async () => (await reader.get('k'))?.text === 'v');
    expect(writer.hold('zero', { text: 'v' }, 0)).toBe(false);
    expect(writer.hold('nan', { text: 'v', n: Number.NaN }, HOUR_MS)).toBe(false);
    expect(writer.hold('large', { text: 'v'.repeat(MAX_BYTES) }, HOUR_MS)).toBe(false);
  });

  it('gives a value that no caller can change for the others', async () => {
    const { writer, reader } = pair();
    const value = { text: 'v' };
    await writer.set('k', value, HOUR_MS);
    value.text = 'changed';
    const found = await reader.get('k');
    expect(() => Object.assign(found ?? {}, { text: 'changed' })).toThrow(TypeError);
    expect(await reader.get('k')).toEqual({ text: 'v' });
  });

  it('returns a value that was not accepted when there is no accepted one', async () => {
    const { writer, reader } = pair();
    await writer.set('k', { text: 'stale' }, HOUR_MS);
    expect(await reader.get('k', { accept: () => false })).toEqual({ text: 'stale' });
  });

  it('calls the loader only on a miss', async () => {
    const { writer, reader } = pair();
    await writer.set('k', { text: 'known' }, HOUR_MS);
    const load = () => Promise.reject(new Error('must not be called'));
    expect(await reader.getOrLoad('k', HOUR_MS, load)).toEqual({ text: 'known' });
  });

  it('shares one load among concurrent callers, and caches its result', async () => {
    const { reader } = pair();
    const { promise, resolve } = Promise.withResolvers<Value>();
    let loads = 0;
    const load = () => (loads++, promise);
    const asked = Array.from({ length: 20 }, () => reader.getOrLoad('k', HOUR_MS, load));
    resolve({ text: 'loaded' });
    expect(new Set((await Promise.all(asked)).map((value) => value.text))).toEqual(new Set(['loaded']));
    expect(await reader.getOrLoad('k', HOUR_MS, load)).toEqual({ text: 'loaded' });
    expect(loads).toBe(1);
  });

  it('does not cache a failed load, and lets the next caller load again', async () => {
    const { reader } = pair();
    const failing = () => reader.getOrLoad('k', HOUR_MS, () => Promise.reject(new Error('broken')));
    await expect(Promise.all([failing(), failing()])).rejects.toThrow('broken');
    expect(await reader.getOrLoad('k', HOUR_MS, () => Promise.resolve({ text: 'ok' }))).toEqual({
      text: 'ok',
    });
  });

  it('aborts a shared load only when all of its callers have left', async () => {
    const { reader } = pair();
    const first = new AbortController();
    const second = new AbortController();
    const started = Promise.withResolvers<AbortSignal>();
    const load = (signal: AbortSignal) => {
      started.resolve(signal);
      return new Promise<Value>(() => undefined);
    };
    const left = reader.getOrLoad('k', HOUR_MS, load, { signal: first.signal });
    const stayed = reader.getOrLoad('k', HOUR_MS, load, { signal: second.signal });
    const loadSignal = await started.promise;
    first.abort(new Error('first left'));
    await expect(left).rejects.toThrow('first left');
    expect(loadSignal.aborted).toBe(false);
    second.abort(new Error('second left'));
    await expect(stayed).rejects.toThrow('second left');
    expect(loadSignal.aborted).toBe(true);
    expect(await reader.getOrLoad('k', HOUR_MS, () => Promise.resolve({ text: 'anew' }))).toEqual({
      text: 'anew',
    });
  });

  it('rejects a caller whose signal is already aborted', async () => {
    const { reader } = pair();
    const load = () => Promise.reject(new Error('must not be called'));
    const signal = AbortSignal.abort(new Error('left'));
    await expect(reader.getOrLoad('k', HOUR_MS, load, { signal })).rejects.toThrow('left');
  });
}

describe('a cache in memory', () => {
  beforeAll(() => {
    server = undefined;
  });

  behavesAsCache(() => {
    const cache = open();
    return { writer: cache, reader: cache };
  });

  it('evicts the least recently used entry when it is full', async () => {
    const cache = open();
    for (let i = 0; i < 5_000; i++) {
      await cache.set(`key ${i}`, { text: String(i) }, HOUR_MS);
      await cache.get('key 0');
    }
    expect(cache.size.entries).toBe(100);
    expect(await cache.get('key 0')).toEqual({ text: '0' });
    expect(await cache.get('key 1')).toBeUndefined();
    expect(await cache.get('key 4999')).toEqual({ text: '4999' });
  });

  it('answers a ping without Redis', async () => {
    open();
    await expect(opened[0]?.ping(AbortSignal.abort())).resolves.toBeUndefined();
    expect(opened[0]?.isShared).toBe(false);
  });
});

describeWithRedis('a cache that is shared through redis-server', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });

  beforeEach(() => server?.command('FLUSHALL'));

  afterAll(() => server?.kill());

  behavesAsCache(() => ({ writer: open(), reader: open() }));

  const keys = async () => (await server?.command('KEYS', '*')) as string[];

  it('hashes the keys in Redis, and lets Redis expire them', async () => {
    await open().set('who is Ann?', { text: 'v' }, 90_000);
    const [key = ''] = await keys();
    expect(key).toMatch(/^failsoft:answers:[\w-]{43}$/);
    const left = Number(await server?.command('PTTL', key));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(90_000);
  });

  it('prefers an accepted value in Redis to one in memory that is not accepted', async () => {
    const [mine, other] = [open(), open()];
    await mine.set('k', { text: 'stale' }, HOUR_MS);
    await other.set('k', { text: 'fresh' }, HOUR_MS);
    const accept = (value: Value) => value.text === 'fresh';
    expect(await mine.get('k')).toEqual({ text: 'stale' });
    expect(await mine.get('k', { accept })).toEqual({ text: 'fresh' });
    expect(await mine.get('k')).toEqual({ text: 'fresh' });
    expect(await mine.get('k', { accept: () => false })).toEqual({ text: 'fresh' });
  });

  it('returns the longer-lived of two values that are not accepted', async () => {
    const [mine, other] = [open(), open()];
    const accept = () => false;
    await mine.set('k', { text: 'old' }, HOUR_MS);
    await clock.advance(1_000);
    await other.set('k', { text: 'newer' }, HOUR_MS);
    expect(await mine.get('k', { accept })).toEqual({ text: 'newer' });
    await mine.set('j', { text: 'mine' }, HOUR_MS);
    await other.set('j', { text: 'short' }, HOUR_MS / 2);
    expect(await mine.get('j', { accept })).toEqual({ text: 'mine' });
    const isUsable = ({ text }: Value) => text === 'old';
    await mine.set('l', { text: 'old' }, HOUR_MS);
    await clock.advance(1_000);
    await other.set('l', { text: 'newer' }, HOUR_MS);
    expect(await mine.get('l', { accept, isUsable })).toEqual({ text: 'old' });
  });

  it('falls back to the value in memory at its time limit, and returns none to a caller who has left', async () => {
    const mine = open();
    await mine.set('k', { text: 'stale' }, HOUR_MS);
    const accept = () => false;
    const spent = AbortSignal.abort(new DeadlineExceededError());
    expect(await mine.get('k', { accept, signal: spent })).toEqual({ text: 'stale' });
    expect(await mine.get('unknown', { accept, signal: spent })).toBeUndefined();
    const gone = new Error('gone');
    await expect(mine.get('k', { accept, signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
  });

  it('keeps a value from Redis in memory for the time it has left', async () => {
    const reader = open();
    await open().set('k', { text: 'v' }, 5_000);
    await clock.advance(3_000);
    expect(await reader.get('k')).toEqual({ text: 'v' });
    await server?.command('FLUSHALL');
    await clock.advance(1_999);
    expect(await reader.get('k')).toEqual({ text: 'v' });
    await clock.advance(1);
    expect(await reader.get('k')).toBeUndefined();
  });

  it('does not let a slow read restore a value that was replaced or deleted meanwhile', async () => {
    await open().set('k', { text: 'old' }, HOUR_MS);
    const [replacing, forgetting] = [open(), open()];
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
    const cache = open();
    await cache.set('k', { text: 'v' }, HOUR_MS);
    const [key = ''] = await keys();
    await server?.command('SET', key, text);
    const other = open();
    expect(await other.get('k')).toBeUndefined();
    await other.set('k', { text: 'again' }, HOUR_MS);
    expect(await open().get('k')).toEqual({ text: 'again' });
  });

  it('treats a Redis key of another type as a miss and not as an outage', async () => {
    await open().set('k', { text: 'v' }, HOUR_MS);
    const [key = ''] = await keys();
    await server?.command('DEL', key);
    await server?.command('LPUSH', key, 'x');
    const cache = open();
    for (let i = 0; i < 10; i++) expect(await cache.get('k')).toBeUndefined();
    await expect(opened.at(-1)?.ping(new AbortController().signal)).resolves.toBeUndefined();
  });

  it('shares one connection among concurrent calls and leaves none open', async () => {
    const clients = async () =>
      Number(/connected_clients:(\d+)/.exec(String(await server?.command('INFO', 'clients')))?.[1]);
    const before = await clients();
    const cache = open();
    const texts = Array.from({ length: 500 }, (_, i) => String(i));
    await Promise.all(texts.map((text) => cache.set(text, { text }, HOUR_MS)));
    expect(await clients()).toBe(before + 1);
    const reader = open();
    const found = await Promise.all(texts.map((text) => reader.get(text)));
    expect(found.map((value) => value?.text)).toEqual(texts);
    await Promise.all(opened.map((caches) => caches.onApplicationShutdown()));
    expect(await clients()).toBe(before);
  });

  it('closes its connection when the application closes', async () => {
    const config = loadConfig({ REDIS_URL: server?.url });
    const app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        TelemetryModule.forRoot(pino({ level: 'silent' })),
        ResilienceModule.forRoot(clock, Math.random),
        CacheModule,
      ],
    }).compile();
    const caches = app.get(Caches);
    await caches.ping(new AbortController().signal);
    expect(caches.isShared).toBe(true);
    await app.close();
    await expect(caches.ping(new AbortController().signal)).rejects.toThrow('closed');
  });
});
