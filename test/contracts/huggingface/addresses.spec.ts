import type { CallOptions, ModelLimits, RequestOptions } from '../../../src/config/app-config.ts';
import type { Sampling } from '../../../src/models/generation.ts';
import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import { HuggingFaceEmbedder } from '../../../src/huggingface/embedding/embedder.ts';
import { HttpReranker } from '../../../src/huggingface/reranking/reranker.ts';
import { LearntNeeds } from '../../../src/resilience/guard/learnt-needs.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { useCaller, useFakeHuggingFace } from '../../support/fakes/shared-fake.ts';

const server = useFakeHuggingFace();
const caller = useCaller();
const LIMITS = { firstTokenTimeoutMs: 10_000, idleTimeoutMs: 4_000 };
const MESSAGES = [
  { role: 'system' as const, content: 'Be brief.' },
  { role: 'user' as const, content: 'Why?' },
];
const OPTIONS: CallOptions = {
  headers: { 'api-key': 'secret' },
  query: { 'api-version': '2024-10-21' },
};

async function ask(
  path: string,
  { sampling, ...options }: CallOptions & RequestOptions & ModelLimits & { sampling?: Sampling } = {},
  apiKey?: string,
) {
  const target = { kind: 'openai' as const, name: 'fake', url: server.url + path, model: 'm', apiKey };
  await new HuggingFaceGenerator({ ...target, ...options }, LIMITS, new FakeClock()).generate(
    { messages: MESSAGES, sampling },
    { signal: caller().signal },
  );
  return server.recorded('chat').at(-1);
}

async function embed(path: string, api: 'openai' | 'tei' | 'hf', options: CallOptions = {}) {
  const target = { kind: 'http' as const, url: server.url + path, api, model: 'm', apiKey: undefined };
  await new HuggingFaceEmbedder({ ...target, ...options }, new FakeClock()).embed(['a'], caller().signal);
  return server.recorded('embed').at(-1);
}

async function rerank(path: string, api: 'tei' | 'cohere' | 'jina', options: CallOptions = {}) {
  const target = { url: server.url + path, api, model: 'm', apiKey: undefined };
  await new HttpReranker({ ...target, ...options }, new FakeClock()).score('q', ['a'], caller().signal);
  return server.recorded('rerank').at(-1);
}

describe('the address of a call', () => {
  it.each([
    ['', '/v1/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['/api/paas/v4', '/api/paas/v4/chat/completions'],
    ['/v1beta/openai', '/v1beta/openai/chat/completions'],
    ['/openai/deployments/gpt-4o', '/openai/deployments/gpt-4o/chat/completions'],
    ['/gateway/chat/completions', '/gateway/chat/completions'],
  ])('of a model at %p is %p', async (base, path) => {
    expect((await ask(base))?.path).toBe(path);
  });

  it.each([
    ['/v1', 'openai', '/v1/embeddings'],
    ['/v1beta/openai', 'openai', '/v1beta/openai/embeddings'],
    ['/gateway/embeddings', 'openai', '/gateway/embeddings'],
    ['', 'openai', '/embeddings'],
    ['', 'tei', '/embed'],
    ['/tei/embed', 'tei', '/tei/embed'],
    ['/models/m', 'hf', '/models/m'],
  ] as const)('of an embedder at %p with api=%s is %p', async (base, api, path) => {
    expect((await embed(base, api))?.path).toBe(path);
  });

  it.each([
    ['', 'tei', '/rerank'],
    ['', 'cohere', '/v2/rerank'],
    ['', 'jina', '/v1/rerank'],
    ['/v1', 'jina', '/v1/rerank'],
    ['/gateway/v2', 'cohere', '/gateway/v2/rerank'],
    ['/gateway/v1/rerank', 'jina', '/gateway/v1/rerank'],
  ] as const)('of a reranker at %p with api=%s is %p', async (base, api, path) => {
    expect((await rerank(base, api))?.path).toBe(path);
  });

  it('carries the headers and query parameters of its target, and no key that is not set', async () => {
    const calls = [
      await ask('/v1', OPTIONS),
      await embed('/v1', 'openai', OPTIONS),
      await rerank('/v1', 'jina', OPTIONS),
    ];
    for (const call of calls) {
      expect(call?.path).toMatch(/^\/v1\/[a-z/]+\?api-version=2024-10-21$/);
      expect(call?.headers).toMatchObject({ 'api-key': 'secret', 'content-type': 'application/json' });
      expect(call?.headers.authorization).toBeUndefined();
    }
    const authorized = await ask('/v1', { headers: { authorization: 'Token t' } }, 'key');
    expect(authorized?.headers.authorization).toBe('Token t');
  });
});

describe('the request to a model', () => {
  it('has the usual fields by default', async () => {
    expect((await ask('/v1'))?.body).toEqual({
      model: 'm',
      messages: MESSAGES,
      max_tokens: 2_048,
      temperature: 0.2,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('has what the caller chose, within what the model takes', async () => {
    const sampling = { temperature: 0, top_p: 0.5, max_tokens: 5, stop: ['END'], seed: 7 };
    const { max_tokens: _, temperature: __, ...others } = sampling;
    const body = { model: 'm', messages: MESSAGES, stream: true, stream_options: { include_usage: true } };
    expect((await ask('/v1', { sampling }))?.body).toEqual({ ...body, ...sampling });
    const options = { maxTokensField: 'max_completion_tokens', temperature: 'none' } as const;
    expect((await ask('/v1', { sampling, ...options }))?.body).toEqual({
      ...body,
      max_completion_tokens: 5,
      ...others,
    });
    const limited = { sampling: { max_tokens: 9_000 }, maxOutputTokens: 100, temperature: 1 };
    expect((await ask('/v1', limited))?.body).toEqual({ ...body, max_tokens: 100, temperature: 1 });
  });

  it.each(['temperature', 'top_p', 'stop', 'seed'])(
    'is sent again without %s where the model refuses the value that the caller chose, and the refusal is not remembered',
    async (name) => {
      const chosen = { temperature: 1.5, top_p: 0.5, stop: ['END'], seed: 7 };
      server.fail('chat', {
        kind: 'status',
        status: 400,
        body: { error: { message: 'not supported', param: name } },
        unless: (body) => !(name in body) || body[name] === 0.2,
      });
      const learnt = new LearntNeeds(() => undefined);
      const target = {
        kind: 'openai' as const,
        name: 'fake',
        url: server.url,
        model: 'm',
        apiKey: undefined,
      };
      const generator = new HuggingFaceGenerator(target, LIMITS, new FakeClock(), fetch, learnt);
      await generator.generate({ messages: MESSAGES, sampling: chosen }, { signal: caller().signal });
      const { [name as 'seed']: _, ...others } = chosen;
      expect(server.recorded('chat').at(-1)?.body).toMatchObject(others);
      expect(learnt.current).toBeNull();
    },
  );

  it('is what the model wants', async () => {
    const options = { maxTokensField: 'max_completion_tokens', temperature: 'none', system: 'user' } as const;
    expect((await ask('/v1', options))?.body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Be brief.\n\nWhy?' }],
      max_completion_tokens: 2_048,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect((await ask('/v1', { maxTokensField: 'none', temperature: 1 }))?.body).toEqual({
      model: 'm',
      messages: MESSAGES,
      temperature: 1,
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});
