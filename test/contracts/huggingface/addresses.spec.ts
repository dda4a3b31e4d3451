import type { CallOptions, RequestOptions } from '../../../src/config/app-config.ts';
import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import { HuggingFaceEmbedder } from '../../../src/huggingface/embedding/embedder.ts';
import { HttpReranker } from '../../../src/huggingface/reranking/reranker.ts';
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

async function ask(path: string, options: CallOptions & RequestOptions = {}, apiKey?: string) {
  const target = { kind: 'openai' as const, name: 'fake', url: server.url + path, model: 'm', apiKey };
  await new HuggingFaceGenerator({ ...target, ...options }, LIMITS, new FakeClock()).generate(
    { messages: MESSAGES },
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
    });
  });

  it('is what the model wants', async () => {
    const options = { maxTokensField: 'max_completion_tokens', temperature: 'none', system: 'user' } as const;
    expect((await ask('/v1', options))?.body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Be brief.\n\nWhy?' }],
      max_completion_tokens: 2_048,
      stream: true,
    });
    expect((await ask('/v1', { maxTokensField: 'none', temperature: 1 }))?.body).toEqual({
      model: 'm',
      messages: MESSAGES,
      temperature: 1,
      stream: true,
    });
  });
});
