import { jest } from '@jest/globals';
import { ChunkWorkerPool } from '../../../src/ingest/documents/chunk-worker-pool.ts';
import { Chunker } from '../../../src/ingest/documents/chunker.ts';
import type { Uncut } from '../../../src/ingest/documents/document-preparation.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

const documentOf = (chars: number): Uncut => ({
  title: 'Fuses',
  format: 'markdown',
  text: 'A fuse melts. '.repeat(chars).slice(0, chars - 1) + '.',
});

describe('Chunker', () => {
  const cutter = new Chunker(new FakeClock());
  const { signal } = new AbortController();
  const inThread = jest.spyOn(ChunkWorkerPool.prototype, 'cut');

  afterEach(() => inThread.mockClear());

  afterAll(async () => {
    inThread.mockRestore();
    await cutter.onApplicationShutdown();
  });

  it.each([100, 1_000])(
    'chunks no two documents of %i characters in one turn of the event loop',
    async (chars) => {
      using turns = new TurnCounter();
      const cutIn = new Set<number>();
      for (let n = 0; n < 50; n++) {
        const { chunks } = await cutter.chunk(documentOf(chars), signal);
        expect(chunks.length).toBeGreaterThan(0);
        cutIn.add(turns.count);
      }
      expect(cutIn.size).toBe(50);
    },
  );

  it('chunks documents of up to 1,000 characters in the main thread, and longer ones in a thread', async () => {
    await cutter.chunk(documentOf(1_000), signal);
    expect(inThread).not.toHaveBeenCalled();
    const { chunks } = await cutter.chunk(documentOf(1_001), signal);
    expect(inThread).toHaveBeenCalledTimes(1);
    expect(chunks.map(({ text }) => text).join(' ')).toContain('A fuse melts.');
  });

  it('chunks nothing for a caller who has left', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(cutter.chunk(documentOf(100), gone)).rejects.toThrow('gone');
    await expect(cutter.chunk(documentOf(5_000), gone)).rejects.toThrow('gone');
  });
});
