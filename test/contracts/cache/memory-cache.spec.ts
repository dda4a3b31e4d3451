import { HOUR_MS, TestCaches } from '../../support/cache/test-caches.ts';

let caches: TestCaches;

beforeEach(() => {
  caches = new TestCaches();
});

afterEach(async () => {
  await caches.close();
  expect(caches.clock.pendingTimers).toBe(0);
});

describe('a cache in memory', () => {
  it('evicts the least recently used entry when it is full', async () => {
    const cache = caches.open();
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
    const opened = caches.openAll();
    await expect(opened.ping(AbortSignal.abort())).resolves.toBeUndefined();
    expect(opened.isShared).toBe(false);
  });
});
