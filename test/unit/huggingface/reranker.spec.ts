import { HttpReranker } from '../../../src/huggingface/reranking/reranker.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';

describe('a reranker', () => {
  let fake: FakeHuggingFace;
  let reranker: HttpReranker;

  beforeEach(async () => {
    fake = await new FakeHuggingFace({ score: (_, text) => Number(text) }).start();
    const target = { url: fake.url, api: 'tei' as const, model: undefined, apiKey: 'secret' };
    reranker = new HttpReranker(target, new FakeClock());
  });
  afterEach(() => fake.stop());

  const texts = Array.from({ length: 70 }, (_, number) => String((number * 37) % 70));

  it('scores any number of texts in calls of 32, each text with its own score', async () => {
    const scores = await reranker.score('a question', texts, new AbortController().signal);
    expect(scores).toEqual(texts.map(Number));
    const sizes = fake.recorded('rerank').map(({ body }) => (body['texts'] as string[]).length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([6, 32, 32]);
    expect(fake.recorded('rerank')[0]?.headers.authorization).toBe('Bearer secret');
  });

  it('makes no call without texts', async () => {
    expect(await reranker.score('a question', [], new AbortController().signal)).toEqual([]);
    expect(fake.count('rerank')).toBe(0);
  });

  it('ends the other calls when one fails', async () => {
    fake.script('rerank', [{ kind: 'black_hole' }, { kind: 'status', status: 500 }, { kind: 'black_hole' }]);
    const scored = reranker.score('a question', texts, new AbortController().signal);
    await expect(scored).rejects.toThrow('the service answered with status 500');
    await fake.allClosed();
  });

  it('ends its calls with the signal, for the reason of the signal', async () => {
    fake.fail('rerank', { kind: 'black_hole' });
    const gone = new AbortController();
    const scored = reranker.score('a question', texts, gone.signal);
    await fake.received('rerank', 3);
    gone.abort(new Error('gone'));
    await expect(scored).rejects.toThrow('gone');
    await fake.allClosed();
  });
});
