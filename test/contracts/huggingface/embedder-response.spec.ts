import type { EmbeddingApi } from '../../../src/config/app-config.ts';
import { HuggingFaceEmbedder } from '../../../src/huggingface/embedding/embedder.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const { signal } = new AbortController();

function embedderOf(response: Response, api: EmbeddingApi = 'hf') {
  const target = { kind: 'http' as const, url: 'http://host', api, model: 'bge', apiKey: undefined };
  return new HuggingFaceEmbedder(target, new FakeClock(), async () => response);
}

describe('embeddings from the Hugging Face API', () => {
  const hub = { kind: 'hugging_face' as const, model: 'BAAI/bge-small-en-v1.5', apiKey: 'hf_key' };

  it("are requested from the model's URL without looking the model up first", async () => {
    const urls: string[] = [];
    const embedder = new HuggingFaceEmbedder(
      { ...hub, provider: 'hf-inference' },
      new FakeClock(),
      async (url) => {
        urls.push(String(url));
        return Response.json([[1, 2]]);
      },
    );
    expect(await embedder.embed(['a'], signal)).toEqual([[1, 2]]);
    expect(urls).toEqual([
      'https://router.huggingface.co/hf-inference/models/BAAI/bge-small-en-v1.5/pipeline/feature-extraction',
    ]);
  });

  it('are refused for any provider but hf-inference', () => {
    expect(() => new HuggingFaceEmbedder({ ...hub, provider: 'groq' }, new FakeClock())).toThrow(
      'hf-inference',
    );
  });

  it('are read from a single vector for a single text', async () => {
    expect(await embedderOf(Response.json([1, 2, 3])).embed(['a'], signal)).toEqual([[1, 2, 3]]);
  });
});

describe("embeddings in OpenAI's format", () => {
  const row = (index: unknown, value: number) => ({ index, embedding: [value] });

  it('are put into the order of the texts by their index', async () => {
    const embedder = embedderOf(Response.json({ data: [row(1, 11), row(0, 10)] }), 'openai');
    expect(await embedder.embed(['a', 'b'], signal)).toEqual([[10], [11]]);
  });

  it.each([
    [[row(0, 1), row(0, 2)]],
    [[row(0, 1), row(2, 2)]],
    [[row(0, 1), row(-1, 2)]],
    [[row(0, 1), row(1e9, 2)]],
    [[row(0, 1), row('length', 2)]],
    [[row(0, 1), null]],
  ])('are refused when an index is missing, repeated or no number: %j', async (data) => {
    const embedder = embedderOf(Response.json({ data }), 'openai');
    await expect(embedder.embed(['a', 'b'], signal)).rejects.toMatchObject({ defect: 'wrong_shape' });
  });
});

it.each([
  [[[1, 'x']], 'not_finite'],
  [[[]], 'wrong_dimension'],
  [[[1, 2], 3], 'wrong_count'],
  [{ vectors: [[1]] }, 'wrong_shape'],
])('the embedder refuses the response %j', async (answer, defect) => {
  await expect(embedderOf(Response.json(answer)).embed(['a'], signal)).rejects.toMatchObject({ defect });
});

it('the embedder stops reading an endless response', async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_048_576).fill(32)),
    cancel: () => void (cancelled = true),
  });
  await expect(embedderOf(new Response(endless)).embed(['a'], signal)).rejects.toMatchObject({
    defect: 'too_large',
  });
  expect(cancelled).toBe(true);
});
