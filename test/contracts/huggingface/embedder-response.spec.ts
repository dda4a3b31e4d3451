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
    [[row(1, 1), row(2, 2)]],
    [[row(1, 1), { embedding: [2] }, { embedding: [3] }]],
    [[row(0, 1), row(2, 2)]],
    [[row(0, 1), row(-1, 2)]],
    [[row(0, 1), row(1e9, 2)]],
    [[row(0, 1), row('length', 2)]],
    [[row(0, 1), null]],
  ])('are refused when the indexes are repeated, too great or no numbers: %j', async (data) => {
    const embedder = embedderOf(Response.json({ data }), 'openai');
    const texts = data.map((_, index) => `text ${index}`);
    await expect(embedder.embed(texts, signal)).rejects.toMatchObject({ defect: 'wrong_shape' });
  });
});

/** Three vectors as services of many kinds send them. */
const A = [1, 2];
const B = [3, 4];
const C = [5, 6];
const base64 = (vector: number[]) => Buffer.from(new Float32Array(vector).buffer).toString('base64');

describe.each<EmbeddingApi>(['hf', 'tei', 'openai'])('a host that was asked in the format %s', (api) => {
  it.each<[string, unknown]>([
    ['a list', [A, B, C]],
    [
      'a list of vectors per token',
      [
        [A, B],
        [B, C],
        [C, A],
      ],
    ],
    ['rows in order', { data: [A, B, C].map((embedding, index) => ({ index, embedding })) }],
    [
      'rows out of order',
      {
        data: [
          { index: 2, embedding: C },
          { index: 0, embedding: A },
          { index: 1, embedding: B },
        ],
      },
    ],
    ['rows without an index', { data: [A, B, C].map((embedding) => ({ embedding })) }],
    ['rows whose index is null', { data: [A, B, C].map((embedding) => ({ index: null, embedding })) }],
    [
      'rows without the index 0',
      { data: [{ embedding: A }, { index: 1, embedding: B }, { index: 2, embedding: C }] },
    ],
    [
      'rows out of order without the index 0',
      { data: [{ index: 2, embedding: C }, { index: 1, embedding: B }, { embedding: A }] },
    ],
    ['base64', { data: [A, B, C].map((vector, index) => ({ index, embedding: base64(vector) })) }],
    ['embeddings', { model: 'm', embeddings: [A, B, C], total_duration: 1 }],
    ['embeddings by type', { id: 'x', embeddings: { float: [A, B, C] }, texts: ['a', 'b', 'c'] }],
    ['embeddings with values', { embeddings: [{ values: A }, { values: B }, { values: C }] }],
    ['predictions', { predictions: [A, B, C].map((values) => ({ embeddings: { values, statistics: {} } })) }],
    [
      'bare rows with vectors per token',
      [A, B, C].map((vector, index) => ({ index, embedding: [vector, [0, 0]] })),
    ],
    [
      'output and places of texts',
      { output: { embeddings: [A, B, C].map((embedding, at) => ({ text_index: at, embedding })) } },
    ],
    ['results', { model: 'm', results: [A, B, C].map((embedding) => ({ embedding })) }],
    ['vectors', { vectors: [A, B, C], dim: 2 }],
    ['embeddings in base64 by type', { embeddings: { base64: [A, B, C].map(base64) } }],
    [
      'rows whose index is text',
      { data: [A, C, B].map((embedding, at) => ({ index: String([0, 2, 1][at]), embedding })) },
    ],
    ['a result with data', { success: true, result: { shape: [3, 2], data: [A, B, C] } }],
  ])('is understood when it answers with %s', async (_, answer) => {
    const embedder = embedderOf(Response.json(answer), api);
    expect(await embedder.embed(['a', 'b', 'c'], signal)).toEqual([A, B, C]);
  });

  it.each<[string, unknown]>([
    ['the vector', A],
    ['the vector in base64', { embedding: base64(A) }],
    ['the vector in a field', { embedding: A }],
    ['its values', { embedding: { values: A } }],
  ])('is understood when it answers a single text with %s', async (_, answer) => {
    expect(await embedderOf(Response.json(answer), api).embed(['a'], signal)).toEqual([A]);
  });
});

it.each([
  [{ data: [{ embedding: 'no base64!' }] }, 'wrong_shape'],
  [{ data: [{ embedding: 'YWJjZGU=' }] }, 'wrong_shape'],
  [{ embedding: base64([1, Number.NaN]) }, 'not_finite'],
  [{ error: 'no vectors' }, 'wrong_shape'],
  [{ data: null }, 'wrong_shape'],
  ['text', 'wrong_shape'],
  [null, 'wrong_shape'],
  [[[1, 'x']], 'not_finite'],
  [[[]], 'wrong_dimension'],
  [[[1, 2], 3], 'wrong_count'],
  [{ things: [[1]] }, 'wrong_shape'],
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
