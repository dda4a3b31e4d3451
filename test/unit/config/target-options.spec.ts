import { ConfigError, loadConfig } from '../../../src/config/load-config.ts';

function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const AZURE = 'https://r.openai.azure.com/openai/deployments/gpt-4o';

describe('the options of targets', () => {
  it('are how a model wants to be asked', () => {
    const { generation } = loadConfig({
      GENERATION_TARGETS:
        'http://a/v1?model=m&max_tokens_field=max_completion_tokens&temperature=none&system=user,' +
        'http://b/v1?model=m&max_tokens_field=none&temperature=0.7&retries=1,http://c/v1?model=m',
    });
    expect(generation.targets).toMatchObject([
      { maxTokensField: 'max_completion_tokens', temperature: 'none', system: 'user' },
      { maxTokensField: 'none', temperature: 0.7, system: undefined, retries: 1 },
      { maxTokensField: undefined, temperature: undefined, system: undefined },
    ]);
  });

  it('are headers and query parameters, literal or from a variable, of models, embedders and rerankers', () => {
    const env = { AZURE_KEY: 'a secret', COST: 'R&D', HF_TOKEN: 'hf_x' };
    const options = 'query.api-version=2024-10-21&header.api-key=env:AZURE_KEY&query.cost=env:COST';
    const config = loadConfig({
      ...env,
      GENERATION_TARGETS: `${AZURE}?model=gpt-4o&${options},hf://auto/m/n?header.X-HF-Bill-To=my-org`,
      EMBEDDING_TARGETS: `${AZURE}?api=openai&model=e&${options}`,
      RERANK_TARGETS: `${AZURE}?api=cohere&model=r&${options}`,
    });
    const sent = {
      url: AZURE,
      apiKey: undefined,
      headers: { 'api-key': 'a secret' },
      query: { 'api-version': '2024-10-21', cost: 'R&D' },
    };
    expect(config.generation.targets).toMatchObject([sent, { headers: { 'X-HF-Bill-To': 'my-org' } }]);
    expect(config.embedding.targets).toMatchObject([sent]);
    expect(config.rerank.targets).toMatchObject([sent]);
  });

  it.each([
    ['max_tokens_field=tokens', 'max_tokens_field must be one of max_tokens, max_completion_tokens, none'],
    ['temperature=warm', 'temperature must be a number from 0 to 2, or none'],
    ['temperature=2.5', 'temperature must be a number from 0 to 2, or none'],
    ['retries=6', 'retries must be a whole number from 0 to 5'],
    ['retries=some', 'retries must be a whole number from 0 to 5'],
    ['system=developer', 'system must be one of system, user'],
    ['header.api-key=env:NOPE', 'header.api-key names NOPE, which is not set'],
    [
      'header.api-key=sk-1',
      'header.api-key looks like a secret: name its variable, as in header.api-key=env:VARIABLE',
    ],
    ['query.key=sk-1', 'query.key looks like a secret: name its variable, as in query.key=env:VARIABLE'],
    ['header.x-a=%E2%82%AC', 'header.x-a contains characters that are not allowed in an HTTP header'],
    ['header.a%20b=c', 'header.a b: no such header can be sent'],
    ['header.a:b=c', 'header.a:b: no such header can be sent'],
    ['header.Content-Length=1', 'header.Content-Length: this header is set by failsoft itself'],
    ['api-version=1', 'unknown parameter api-version; write query.api-version= to send it to the service'],
  ])('are refused in one line: %s', (parameter, fault) => {
    expect(faultsOf({ GENERATION_TARGETS: `http://h/v1?model=m&${parameter}` })).toEqual([
      `GENERATION_TARGETS: http://h/v1: ${fault}`,
    ]);
  });

  it('are refused with a line for each fault of each target, none of which shows a secret', () => {
    const faults = faultsOf({
      GENERATION_TARGETS: 'http://a/v1?temperature=9&system=x,http://b/v1?model=m&header.token=hunter2',
    });
    expect(faults).toEqual([
      'GENERATION_TARGETS: http://a/v1: temperature must be a number from 0 to 2, or none',
      'GENERATION_TARGETS: http://a/v1: system must be one of system, user',
      'GENERATION_TARGETS: http://a/v1: needs ?model=',
      expect.stringMatching(/^GENERATION_TARGETS: http:\/\/b\/v1: header.token looks like a secret/),
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it.each([
    ['GENERATION_TARGETS', 'http://h:11434/api/chat', '/api/chat'],
    ['GENERATION_TARGETS', 'http://h:11434/api/generate/', '/api/generate'],
    ['GENERATION_TARGETS', 'http://h/generate', '/generate'],
    ['GENERATION_TARGETS', 'http://h/generate_stream', '/generate_stream'],
    ['GENERATION_TARGETS', 'http://h/completion', '/completion'],
    ['GENERATION_TARGETS', 'http://h/v1/completions', '/v1/completions'],
    ['GENERATION_TARGETS', 'http://h/v1/responses', '/v1/responses'],
    ['GENERATION_TARGETS', 'http://h/v1/messages', '/v1/messages'],
    ['EMBEDDING_TARGETS', 'http://h:11434/api/embed', '/api/embed'],
    ['EMBEDDING_TARGETS', 'http://h:11434/api/embeddings', '/api/embeddings'],
  ])('%s: refuse %s, the address of another API', (variable, address, path) => {
    const api = variable === 'EMBEDDING_TARGETS' ? '&api=openai' : '';
    expect(faultsOf({ [variable]: `${address}?model=m${api}` })).toEqual([
      `${variable}: ${address}: ${path} is another API: give the base of the OpenAI-compatible one, which often ends with /v1`,
    ]);
  });

  it.each([
    'http://h/v1',
    'http://h',
    'http://h/api',
    'http://h/v1/chat/completions',
    'http://h/v1beta/openai',
  ])('take %s as the address of a model', (address) => {
    expect(faultsOf({ GENERATION_TARGETS: `${address}?model=m` })).toEqual([]);
  });

  it('are no query parameters of Hugging Face', () => {
    expect(faultsOf({ GENERATION_TARGETS: 'hf://auto/m/n?query.a=b', HF_TOKEN: 't' })).toEqual([
      'GENERATION_TARGETS: hf://auto/m/n: query.a is for http and https URLs',
    ]);
  });
});
