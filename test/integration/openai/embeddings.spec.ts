import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import { BadRequestError, InternalServerError, type OpenAI } from 'openai';
import { openAiClient, errorOf } from '../../support/protocols/openai-client.ts';
import { describeWithEmbedder } from '../../support/scenarios/describe-scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';

const GUARD = 'embedding_api';
const TEXT = 'The circuit opens after five failures.';

describeWithEmbedder('embeddings by the API of OpenAI', (scenario, embedder) => {
  let client: OpenAI;
  const embed = (input: string | string[] | number[] | number[][], more: object = {}) =>
    client.embeddings.create({ model: 'failsoft', input, ...more });

  beforeAll(() => {
    client = openAiClient(scenario.service);
  });

  afterEach(() => embedder.clearFaults());

  it('are the same as floats, and in the base64 that the client asks for by itself', async () => {
    const [whole, floats] = [await embed(TEXT), await embed(TEXT, { encoding_format: 'float' })];
    expect(floats).toEqual({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: expect.any(Array) }],
      model: 'fake-embed',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    const vector = floats.data[0]?.embedding ?? [];
    expect(vector).toHaveLength(64);
    expect(whole).toEqual({
      ...floats,
      data: [{ object: 'embedding', index: 0, embedding: vector.map(Math.fround) }],
    });
  });

  it('are one for each of many texts, in their order, in calls that every host takes', async () => {
    const calls = embedder.count('embed');
    const texts = Array.from({ length: 70 }, (_, index) => `Circuit ${index}`);
    const { data } = await embed(texts);
    const [last] = (await embed(texts.slice(69))).data;
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, index) => index));
    expect(data[69]?.embedding).toEqual(last?.embedding);
    const sent = embedder.recorded('embed').slice(calls);
    expect(sent.map(({ body }) => [body['input']].flat().length)).toEqual([32, 32, 6, 1]);
  });

  it.each([
    ['one text', encode(TEXT)],
    ['several texts', [encode(TEXT), encode('Green tea')]],
  ])('are made of the token ids of %s', async (_, ids) => {
    const { data, usage } = await embed(ids);
    expect(data[0]?.embedding).toEqual((await embed(TEXT)).data[0]?.embedding);
    expect(usage.prompt_tokens).toBeGreaterThanOrEqual(7);
  });

  it('are made of many tokens, as clients send them that count tokens themselves', async () => {
    const ids = Array.from({ length: 100 }, (_, at) => encode(`${at} ${'circuit '.repeat(100)}`));
    const { data } = await embed(ids);
    expect(data).toHaveLength(100);
  });

  it('are made under the name of the embedding model, too', async () => {
    const { model } = await client.embeddings.create({ model: 'fake-embed', input: TEXT });
    expect(model).toBe('fake-embed');
  });

  it.each<[string, unknown, object, string]>([
    ['nothing', undefined, {}, 'input'],
    ['an empty text', '', {}, 'input'],
    ['a blank text among others', ['a', ' '], {}, 'input.1'],
    ['no texts', [], {}, 'input'],
    ['no tokens', [[]], {}, 'input.0'],
    ['a text of 32,769 characters', 'x'.repeat(32_769), {}, 'input'],
    ['half a character', '\ud83d', {}, 'input'],
    ['an object', { text: 'a' }, {}, 'input'],
    ['texts and numbers', ['a', 1], {}, 'input.1'],
    ['ids that no vocabulary has', [[99_999_999]], {}, 'input'],
    ['ids of a blank text', [220], {}, 'input'],
    ['a length of its own', 'a', { dimensions: 32 }, 'dimensions'],
    ['another encoding', 'a', { encoding_format: 'int8' }, 'encoding_format'],
  ])('are refused for %s', async (_, input, more, param) => {
    const error = await errorOf(embed(input as string, more));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, param, code: 'invalid_request' });
  });

  it('are refused for a text that the host refuses, which is no failure of the host', async () => {
    embedder.fail('embed', {
      kind: 'status',
      status: 400,
      unless: (body) => !JSON.stringify(body).includes('poison'),
    });
    const error = await errorOf(embed('poison'));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: 'input' });
    expect(error.message).not.toContain('poison');
    expect(await scenario.service.guard(GUARD)).toMatchObject({ fail_count: 0 });
  });

  it('are a 503 that the client does not retry while the host fails, and while its circuit is open', async () => {
    const failing = { kind: 'status', status: 500 } as const;
    embedder.fail('embed', failing);
    const calls = embedder.count('embed');
    const error = await errorOf(embed(TEXT));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({
      status: 503,
      code: 'service_unavailable',
      type: 'server_error',
      param: null,
    });
    expect(error.headers?.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(error.headers?.get('x-should-retry')).toBe('false');
    expect(embedder.count('embed')).toBe(calls + 1);

    for (let failures = 1; failures < 5; failures++) await errorOf(embed(TEXT));
    expect(await scenario.service.guard(GUARD)).toMatchObject({ state: 'open' });
    const rejected = await errorOf(embed(TEXT));
    expect(rejected.headers?.get('retry-after')).toBe('30');
    expect(embedder.count('embed')).toBe(calls + 5);
  });
});

describe('embeddings of the in-process model', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  it('are made offline', async () => {
    const { data, model } = await openAiClient(service).embeddings.create({ model: 'failsoft', input: TEXT });
    expect(data[0]?.embedding).toHaveLength(512);
    expect(model).toMatch(/^local-hashing/);
  });
});
