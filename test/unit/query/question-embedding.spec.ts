import { QuestionEmbedding } from '../../../src/query/retrieval/question-embedding.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import type { CurrentModel } from '../../../src/targets/serving-model.ts';

const config = { cache: { keepSeconds: 60 }, queryDeadlineMs: 30_000 };

/** The vectors of questions, where the cache holds `cached` and the host makes `made`. */
function setUp({ cached, made = [1, 0] }: { cached?: number[]; made?: number[] }) {
  const keys: string[] = [];
  const stored: number[][] = [];
  const cache = {
    async getOrLoad(key: string, _ttlMs: number, load: (signal: AbortSignal) => Promise<number[]>) {
      keys.push(key);
      if (cached) return cached;
      const loaded = await load(new AbortController().signal);
      stored.push(loaded);
      return loaded;
    },
  };
  const targets = { model: 'm', minSimilarity: 0.3, embed: async () => [made] };
  const embed = async (dimension: number) => {
    const current = { model: { id: 1, dimension }, targets } as unknown as CurrentModel;
    const serving = { current: async () => current };
    const embedding = new QuestionEmbedding(
      { create: () => cache } as never,
      config as never,
      serving as never,
      new FakeClock(),
    );
    return (await embedding.embed('Why?', new AbortController().signal))?.embedding;
  };
  return { embed, keys, stored };
}

describe('the vector of a question', () => {
  it('is cached apart from one of another length', async () => {
    const { embed, keys } = setUp({});
    expect(await embed(2)).toEqual([1, 0]);
    await expect(embed(3)).rejects.toMatchObject({
      name: 'DimensionMismatchError',
      expected: 3,
      received: 2,
    });
    expect(new Set(keys).size).toBe(2);
  });

  it.each([
    ['another length', [1, 0, 0], 'm has 2 dimensions, not 3'],
    ['no direction', [0, 0], 'no direction'],
    ['numbers beyond four bytes', [1e39, 0], 'no direction'],
  ])(
    'is neither used nor cached with %s, whether it is new or from the cache',
    async (_, vector, message) => {
      const made = setUp({ made: vector });
      await expect(made.embed(2)).rejects.toThrow(message);
      expect(made.stored).toEqual([]);
      await expect(setUp({ cached: vector }).embed(2)).rejects.toThrow(message);
    },
  );
});
