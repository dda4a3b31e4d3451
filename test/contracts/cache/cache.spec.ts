import type { Cache } from '../../../src/cache/cache.ts';
import { HOUR_MS, TestCaches, type Value } from '../../support/cache/test-caches.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { describeWithRedis } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

/** Of all that one cache holds. */
const MAX_BYTES = 64 * 1024 * 1024;

let caches: TestCaches;

afterEach(async () => {
  await caches.close();
  expect(caches.clock.pendingTimers).toBe(0);
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
    await caches.clock.advance(4_999);
    expect(await reader.get('k')).toEqual({ text: 'v' });
    await caches.clock.advance(1);
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

  it('returns values that no caller can change for the others', async () => {
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
  beforeEach(() => {
    caches = new TestCaches();
  });

  behavesAsCache(() => {
    const cache = caches.open();
    return { writer: cache, reader: cache };
  });
});

describeWithRedis('a cache that is shared through Redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start();
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
    caches = new TestCaches(server.url);
  });

  afterAll(() => server.kill());

  behavesAsCache(() => ({ writer: caches.open(), reader: caches.open() }));
});
