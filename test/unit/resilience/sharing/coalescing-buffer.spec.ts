import { CoalescingBuffer } from '../../../../src/resilience/sharing/coalescing-buffer.ts';
import { FakeClock } from '../../../support/fakes/fake-clock.ts';

/** Writes that end when the test says so. */
function createWriter() {
  const written: string[] = [];
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const write = (change: { text: string }) => {
    written.push(change.text);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ resolve, reject });
    return promise;
  };
  return { written, write, waiting };
}

describe('a coalescing buffer', () => {
  it('writes the newest entry of each key, oldest first', async () => {
    const buffer = new CoalescingBuffer<string>(10);
    buffer.enqueue('a', 'a1');
    buffer.enqueue('b', 'b1');
    buffer.enqueue('a', 'a2');
    const written: string[] = [];
    await buffer.drain(async (change) => void written.push(change));
    expect(written).toEqual(['b1', 'a2']);
    expect(buffer.isEmpty).toBe(true);
  });

  it('drops the oldest entry when it is full', async () => {
    const buffer = new CoalescingBuffer<string>(2);
    for (const key of ['a', 'b', 'c']) buffer.enqueue(key, key);
    expect(['a', 'b', 'c'].map((key) => buffer.has(key))).toEqual([false, true, true]);
  });

  it('keeps entries that could not be written, and those after them', async () => {
    const buffer = new CoalescingBuffer<string>(10);
    buffer.enqueue('a', 'a1');
    buffer.enqueue('b', 'b1');
    await expect(buffer.drain(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect([buffer.has('a'), buffer.has('b')]).toEqual([true, true]);
    const written: string[] = [];
    await buffer.drain(async (change) => void written.push(change));
    expect(written).toEqual(['a1', 'b1']);
  });

  it('writes entries that come during a write, one at a time, even of the same key', async () => {
    const buffer = new CoalescingBuffer<{ text: string }>(10);
    const { written, write, waiting } = createWriter();
    const clock = new FakeClock();
    buffer.enqueue('a', { text: 'a' });
    const drained = buffer.drain(write);
    buffer.enqueue('a', { text: 'a' });
    buffer.enqueue('b', { text: 'b' });
    const joined = buffer.drain(write);
    for (let done = 0; done < 3; done++) {
      expect(written).toHaveLength(done + 1);
      waiting[done]?.resolve();
      await clock.advance(0);
    }
    await Promise.all([drained, joined]);
    expect(written).toEqual(['a', 'a', 'b']);
    expect(buffer.isEmpty).toBe(true);
  });
});
