import { hasDirection } from '../../../src/models/embedding.ts';
import { BatchRefusedError } from '../../../src/models/batch-refused.ts';
import type { EmbeddingRefusalsRepository } from '../../../src/postgres/search/embedding-refusals.repository.ts';
import type { EmbeddingIngestion } from '../../../src/targets/embedding-ingestion.ts';
import { UpstreamError } from '../../../src/huggingface/errors.ts';
import { ChunkEmbedding } from '../../../src/ingest/embedding/chunk-embedding.ts';
import { ChunkVectors } from '../../../src/ingest/embedding/chunk-vectors.ts';
import type {
  EmbeddingsRepository,
  PendingChunk,
} from '../../../src/postgres/search/embeddings.repository.ts';
import type { EmbeddingTargets } from '../../../src/targets/embedding-targets.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const MINUTE_MS = 60_000;
const chunk = (id: string): PendingChunk => ({
  id,
  tenant_id: 't',
  document_id: 'd',
  title: null,
  heading: null,
  text: id,
});
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

/**
 * Chunks by their ids, of which each gets the vector that `vectorOf` gives for its id. A call with one for which that is
 * undefined is refused as a whole.
 */
function setUp(ids: string[], vectorOf: (id: string) => number[] | undefined) {
  const clock = new FakeClock();
  const state = { ids, vectorOf, modelId: 1 };
  const saved = new Set<string>();
  const refused = new Map<string, number>();
  const starts: string[] = [];
  const calls: string[][] = [];
  const logs: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line: string) => void logs.push(JSON.parse(line)) });
  const repository: Partial<EmbeddingsRepository> = {
    readHorizon: async () => ({
      lastChunk: state.ids.at(-1) ?? '0',
      oldestTransaction: 9,
      nextTransaction: 9,
    }),
    pendingChunks: async (_model, _scope, { after, size }) => {
      starts.push(after);
      const page = state.ids.filter((id) => Number(id) > Number(after)).slice(0, size);
      const pending = page.filter((id) => !saved.has(id) && !refused.has(id));
      return { pending: pending.map(chunk), last: page.at(-1) ?? null };
    },
    findModel: async () => ({ id: state.modelId, dimension: 2 }),
    registerModel: async () => ({ id: state.modelId, dimension: 2 }),
    save: async (_model, rows) => {
      for (const { chunkId } of rows) {
        saved.add(chunkId);
        refused.delete(chunkId);
      }
      return rows.length;
    },
  };
  const refusals: Partial<EmbeddingRefusalsRepository> = {
    record: async (_model, { id }, { nowMs }) => {
      refused.set(id, nowMs + MINUTE_MS);
      return 1;
    },
    due: async (_model, nowMs) => [...refused].flatMap(([id, at]) => (at <= nowMs ? [chunk(id)] : [])),
  };
  const ingestion: Partial<EmbeddingIngestion> = {
    embedFirst: async (all) => {
      const texts = all.slice(0, 32);
      calls.push(texts);
      return texts.map((text) => {
        const vector = state.vectorOf(text);
        const cause = new UpstreamError(422, { page: false, contentRefused: false });
        if (!vector) throw new BatchRefusedError(texts.length, false, cause);
        return vector;
      });
    },
  };
  const targets: Partial<EmbeddingTargets> = {
    model: 'm',
    expectDimension: () => undefined,
    ingestion: ingestion as EmbeddingIngestion,
  };
  const vectors = new ChunkVectors(
    repository as EmbeddingsRepository,
    refusals as EmbeddingRefusalsRepository,
    clock,
    logger,
  );
  const corpora = { bump: async () => undefined };
  const embedding = new ChunkEmbedding(repository as EmbeddingsRepository, corpora as never, vectors, clock);
  let stored = 0;
  return {
    clock,
    state,
    saved,
    calls,
    logs,
    /** Runs a pass, and returns where its reads began. */
    async pass(): Promise<string[]> {
      starts.length = 0;
      const onStored = (count: number) => void (stored += count);
      await embedding.embedMissing(targets as EmbeddingTargets, new AbortController().signal, onStored);
      return [...starts];
    },
    /** The number of stored vectors that the pass has reported. */
    countStored: () => stored,
  };
}

const good = () => [1, 0];

describe('the vectors of chunks', () => {
  it('are stored, except those that cannot be compared', async () => {
    const vectors: Record<string, number[]> = { '1': [1, 0], '2': [0, 0], '3': [1e300, 1], '4': [0, -1] };
    const { pass, saved, logs, countStored } = setUp(numbered(1, 4), (id) => vectors[id]);
    await pass();
    expect([...saved]).toEqual(['1', '4']);
    expect(countStored()).toBe(2);
    const lost = logs.filter(({ event }) => event === 'chunk_not_embedded');
    expect(lost.map(({ chunk_id }) => chunk_id)).toEqual(['2', '3']);
  });

  it('are stored, except the one that the host refuses, which is found by halving and tried again later', async () => {
    const { pass, state, saved, calls, clock, logs } = setUp(numbered(1, 100), (id) =>
      id === '7' ? undefined : [1, 0],
    );
    await pass();
    expect(saved.size).toBe(99);
    expect(saved.has('7')).toBe(false);
    // Four calls for all, and two for each halving of 32.
    expect(calls).toHaveLength(14);
    // The others do not wait for it.
    expect(calls.slice(1, 4).flat()).toEqual(numbered(33, 100));
    expect(logs.filter(({ event }) => event === 'chunk_not_embedded')).toEqual([
      expect.objectContaining({
        level: 'warn',
        document_id: 'd',
        chunk_id: '7',
        attempts: 1,
        cause: { name: 'UpstreamError', message: expect.any(String), http_status: 422 },
      }),
    ]);
    await pass();
    expect(calls).toHaveLength(14);
    await clock.advance(MINUTE_MS);
    await pass();
    expect(calls.slice(14)).toEqual([['7']]);
    state.vectorOf = good;
    await clock.advance(MINUTE_MS);
    await pass();
    expect(saved.size).toBe(100);
    await clock.advance(MINUTE_MS);
    await pass();
    expect(calls).toHaveLength(16);
  });

  it('are left for later passes when the host refuses one text after the other', async () => {
    const { pass, state, saved, calls } = setUp(numbered(1, 500), () => undefined);
    await expect(pass()).rejects.toMatchObject({ name: 'TextsRefusedError' });
    expect(calls.filter(({ length }) => length === 1)).toHaveLength(64);
    state.vectorOf = good;
    expect(await pass()).toEqual(['0', '500']);
    expect(saved.size).toBe(500 - 64);
  });

  it('are computed for the chunks since the last pass, and once an hour for all that lack one', async () => {
    const { pass, state, saved, clock } = setUp(numbered(1, 5_000), good);
    expect(await pass()).toEqual(['0', '2000', '4000', '5000']);
    expect(await pass()).toEqual(['5000']);
    state.ids = numbered(1, 5_003);
    expect(await pass()).toEqual(['5000', '5003']);
    expect(await pass()).toEqual(['5003']);
    expect(saved.size).toBe(5_003);
    saved.delete('17');
    await clock.advance(60 * MINUTE_MS);
    expect(await pass()).toEqual(['0', '2000', '4000', '5003']);
    expect(saved.has('17')).toBe(true);
    expect(await pass()).toEqual(['5003']);
  });

  it('are computed for all chunks that lack one after a failed pass and after a new registration of the model', async () => {
    const { pass, state, saved } = setUp(numbered(1, 3), () => {
      throw new Error('down');
    });
    await expect(pass()).rejects.toThrow('down');
    state.vectorOf = good;
    expect(await pass()).toEqual(['0', '3']);
    expect(await pass()).toEqual(['3']);
    saved.clear();
    state.modelId = 2;
    expect(await pass()).toEqual(['0', '3']);
    expect(saved.size).toBe(3);
  });

  it.each([
    ['of any length', [3, 4], true],
    ['of four-byte size', [1e18, 1e18], true],
    ['of nothing', [], false],
    ['of zeros', [0, 0], false],
    ['too large for four bytes', [1e39, 0], false],
    ['too large for the sum of their squares', [1e20, 0], false],
    ['too small for four bytes', [1e-60, 0], false],
  ])('are comparable when they have a direction: %s, %j', (_, vector, expected) => {
    expect(hasDirection(vector)).toBe(expected);
  });
});
