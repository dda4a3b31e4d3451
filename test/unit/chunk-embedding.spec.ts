import { hasDirection } from '../../src/huggingface/vectors.ts';
import { ChunkEmbedding } from '../../src/ingest/chunk-embedding.ts';
import type { EmbeddingsRepository, PendingChunk } from '../../src/postgres/embeddings.repository.ts';
import type { EmbeddingTargets } from '../../src/targets/embedding-targets.ts';
import { silentLogger } from '../support/database.ts';

const chunk = (id: string): PendingChunk => ({ id, tenant_id: 't', title: null, heading: null, text: id });

/** Chunks of which each gets the vector of its name. */
function setUp(vectors: Record<string, number[]>) {
  const saved: string[] = [];
  const repository: Partial<EmbeddingsRepository> = {
    pendingChunks: async (_model, { exclude }, { after }) => {
      const pending = Object.keys(vectors).filter((id) => !exclude.includes(id));
      return after === '0' ? { pending: pending.map(chunk), last: '9' } : { pending: [], last: null };
    },
    findModel: async () => ({ id: 1, dimension: 2 }),
    registerModel: async () => ({ id: 1, dimension: 2 }),
    save: async (_model, rows) => {
      saved.push(...rows.map(({ chunkId }) => chunkId));
      return rows.length;
    },
  };
  const targets: Partial<EmbeddingTargets> = {
    model: 'm',
    expectDimension: () => undefined,
    embed: async (texts) => texts.map((text) => vectors[text] ?? []),
  };
  const corpora = { bump: async () => 1 };
  const embedding = new ChunkEmbedding(repository as EmbeddingsRepository, corpora as never, silentLogger);
  return { embedding, targets: targets as EmbeddingTargets, saved };
}

describe('the vectors of chunks', () => {
  it('are stored but for those that cannot be compared, which hold up no others', async () => {
    const { embedding, targets, saved } = setUp({ a: [1, 0], zero: [0, 0], huge: [1e300, 1], b: [0, -1] });
    await embedding.embedAll(targets, {}, new AbortController().signal);
    expect(saved).toEqual(['a', 'b']);
    expect(embedding.refusedBy(targets)).toEqual(['zero', 'huge']);
  });

  it.each([
    ['of any length', [3, 4], true],
    ['of four-byte size', [1e18, 1e18], true],
    ['of nothing', [], false],
    ['of zeros', [0, 0], false],
    ['too large for four bytes', [1e39, 0], false],
    ['too large for the sum of their squares', [1e20, 0], false],
    ['too small for four bytes', [1e-60, 0], false],
  ])('%s can be compared: %j', (_, vector, expected) => {
    expect(hasDirection(vector)).toBe(expected);
  });
});
