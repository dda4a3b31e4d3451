import { hostname } from 'node:os';
import { guardSettings } from '../../../src/config/app-config.ts';
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

describe('the configuration', () => {
  it('reads rerankers, and numbers those without a name', () => {
    const config = loadConfig({
      RERANK_TARGETS:
        'http://a/?api=tei,https://b/x?api=cohere&model=m&key_env=KEY&name=spare,http://c?api=jina&model=n',
      KEY: 'secret',
      CIRCUIT_BREAKER_RERANK_API_2_FAIL_THRESHOLD: '2',
    });
    expect(config.rerank).toEqual({
      targets: [
        { name: 'rerank_api', url: 'http://a', api: 'tei', model: undefined, apiKey: undefined },
        { name: 'spare', url: 'https://b/x', api: 'cohere', model: 'm', apiKey: 'secret' },
        { name: 'rerank_api_2', url: 'http://c', api: 'jina', model: 'n', apiKey: undefined },
      ],
      timeoutMs: 400,
    });
    expect(config.guards.overrides).toEqual({ rerank_api_2: { failThreshold: 2 } });
    expect(loadConfig({}).rerank.targets).toEqual([]);
  });

  it('uses the local models when nothing is set', () => {
    const config = loadConfig({});
    expect(config.generation.targets).toEqual([{ kind: 'local', name: 'local_extractive' }]);
    expect(config.embedding.targets).toEqual([
      { kind: 'local', name: 'embedding_api', model: 'local-hashing-2' },
    ]);
    expect(config.http).toEqual({
      host: '127.0.0.1',
      port: 3000,
      corsOrigins: [],
      publicUrl: undefined,
      trustedProxies: [],
    });
    expect(config.seedDocs).toBe(true);
  });

  it('uses Hugging Face when only HF_TOKEN is set', () => {
    const config = loadConfig({ HF_TOKEN: 'hf_x' });
    expect(config.generation.targets).toEqual([
      {
        kind: 'hugging_face',
        name: 'huggingface_api',
        provider: 'auto',
        model: 'openai/gpt-oss-20b',
        apiKey: 'hf_x',
      },
    ]);
    expect(config.embedding.targets).toEqual([
      {
        kind: 'hugging_face',
        name: 'embedding_api',
        provider: 'hf-inference',
        model: 'BAAI/bge-small-en-v1.5',
        apiKey: 'hf_x',
      },
    ]);
    expect(config.seedDocs).toBe(false);
  });

  it('names an instance by its host and port, or by its embedded database, unless it has a name', () => {
    const nameOf = (env: Record<string, string>) => loadConfig(env).instanceName;
    const shared = { DATABASE_URL: 'postgres://db/app', PORT: '4000' };
    expect(nameOf(shared)).toBe(`${hostname()}:4000`);
    expect(nameOf({ PORT: '4000' })).toBe('embedded');
    expect(nameOf({ PORT: '4001' })).toBe('embedded');
    expect([nameOf({ ...shared, INSTANCE_NAME: 'one' }), nameOf({ INSTANCE_NAME: 'one' })]).toEqual([
      'one',
      'one',
    ]);
  });

  it('reads targets in order, with names and keys', () => {
    const { generation } = loadConfig({
      HF_TOKEN: 'hf_x',
      OTHER_KEY: 'secret',
      GENERATION_TARGETS:
        'hf://groq/openai/gpt-oss-20b, http://localhost:8080/v1/?model=llama3.2&name=local_llama&key_env=OTHER_KEY,' +
        'http://localhost:8081/v1?model=other,local://extractive',
    });
    expect(generation.targets).toEqual([
      {
        kind: 'hugging_face',
        name: 'huggingface_api',
        provider: 'groq',
        model: 'openai/gpt-oss-20b',
        apiKey: 'hf_x',
      },
      {
        kind: 'openai',
        name: 'local_llama',
        url: 'http://localhost:8080/v1',
        model: 'llama3.2',
        apiKey: 'secret',
      },
      {
        kind: 'openai',
        name: 'huggingface_api_2',
        url: 'http://localhost:8081/v1',
        model: 'other',
        apiKey: undefined,
      },
      { kind: 'local', name: 'local_extractive' },
    ]);
  });

  it("reads a target's context size, and reserves room for its answer", () => {
    const { generation } = loadConfig({
      GENERATION_TARGETS:
        'http://a/v1?model=m&context_tokens=4096,http://b/v1?model=m&context_tokens=32768,' +
        'http://c/v1?model=m&context_tokens=4096&max_output_tokens=512,http://d/v1?model=m&max_output_tokens=100',
    });
    expect(generation.targets).toMatchObject([
      { contextTokens: 4_096, maxOutputTokens: 1_024 },
      { contextTokens: 32_768, maxOutputTokens: 2_048 },
      { contextTokens: 4_096, maxOutputTokens: 512 },
      { maxOutputTokens: 100 },
    ]);
  });

  it('reads the hosts of the previous embedding model, the local one by default', () => {
    const present = 'http://localhost:4?api=tei&model=new';
    const previousOf = (env: Record<string, string>) =>
      loadConfig(env).embedding.previous.map(({ name, model }) => [name, model]);
    expect(previousOf({ EMBEDDING_TARGETS: present })).toEqual([['embedding_previous', 'local-hashing-2']]);
    const hosts = 'http://localhost:2?api=tei&model=old,http://localhost:3?api=tei&model=old';
    expect(previousOf({ EMBEDDING_TARGETS: present, EMBEDDING_PREVIOUS_TARGETS: hosts })).toEqual([
      ['embedding_previous', 'old'],
      ['embedding_previous_2', 'old'],
    ]);
    expect(previousOf({ EMBEDDING_TARGETS: present, EMBEDDING_PREVIOUS_TARGETS: present })).toEqual([]);
    expect(previousOf({})).toEqual([]);
  });

  it('gives every embedding host a guard with settings of its own', () => {
    const config = loadConfig({
      EMBEDDING_TARGETS: 'http://a/?api=tei&model=m,http://b/?api=tei&model=m',
      CIRCUIT_BREAKER_EMBEDDING_API_2_FAIL_THRESHOLD: '2',
    });
    expect(config.embedding.targets.map(({ name }) => name)).toEqual(['embedding_api', 'embedding_api_2']);
    expect(guardSettings(config, 'embedding_api_2').failThreshold).toBe(2);
    expect(guardSettings(config, 'embedding_api').failThreshold).toBe(5);
    expect(guardSettings(config, 'embedding_ingest_2').failThreshold).toBe(5);
  });

  it('sets the guards of the calls for chunks apart from those for questions', () => {
    const config = loadConfig({
      EMBEDDING_TARGETS: 'http://a?api=tei&model=m,http://b?api=tei&model=m',
      CIRCUIT_BREAKER_EMBEDDING_INGEST_FAIL_THRESHOLD: '7',
      CIRCUIT_BREAKER_EMBEDDING_INGEST_2_ENABLED: 'false',
      CIRCUIT_BREAKER_EMBEDDING_PREVIOUS_INGEST_TIMEOUT_SECONDS: '9',
    });
    expect(config.guards.overrides).toEqual({
      embedding_ingest: { failThreshold: 7 },
      embedding_ingest_2: { enabled: 'false' },
      embedding_previous_ingest: { openMs: 9_000 },
    });
  });

  it('overrides a breaker variable for one guard', () => {
    const config = loadConfig({
      CIRCUIT_BREAKER_FAIL_THRESHOLD: '7',
      CIRCUIT_BREAKER_EMBEDDING_API_FAIL_THRESHOLD: '2',
      CIRCUIT_BREAKER_EMBEDDING_API_TIMEOUT_SECONDS: '1',
    });
    expect(guardSettings(config, 'postgres')).toMatchObject({ failThreshold: 7, openMs: 30_000 });
    expect(guardSettings(config, 'embedding_api')).toMatchObject({ failThreshold: 2, openMs: 1_000 });
  });

  it('limits the first token so that time is left for the fallback', () => {
    expect(loadConfig({ QUERY_DEADLINE_MS: '3000' }).generation).toMatchObject({
      firstTokenTimeoutMs: 2_000,
      idleTimeoutMs: 2_000,
    });
  });

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ PORT: '', HF_TOKEN: ' ' }).generation.targets[0]?.kind).toBe('local');
  });

  it.each([
    ['https://example.com', 'https://example.com'],
    ['https://example.com/rag//', 'https://example.com/rag'],
    [' https://example.com/rag? ', 'https://example.com/rag'],
  ])('takes %j as the address that callers use', (PUBLIC_URL, publicUrl) => {
    expect(loadConfig({ PUBLIC_URL }).http.publicUrl).toBe(publicUrl);
  });

  it.each([
    [
      'PUBLIC_URL',
      ['rag', '/rag', 'ftp://example.com', 'https://'],
      'must be a URL that starts with http:// or https://',
    ],
    [
      'PUBLIC_URL',
      ['https://u:hunter2@example.com', 'https://example.com?a=b', 'https://example.com#a'],
      'must have no user, password, query or fragment, such as https://example.com/rag',
    ],
    [
      'TRUSTED_PROXIES',
      ['proxy.internal', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '10.0.0.1,', 'Loopback'],
      'must be addresses or networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, comma-separated',
    ],
    [
      'CLIENT_HEADERS',
      ['hunter2', 'X-Key:', 'X Key: hunter2', 'X-Key: hunter2\nhunter2', 'X-Key: ключ'],
      "must be one header 'Name: value' a line, in printable ASCII",
    ],
  ])('says what is right for %s instead of %j', (name, values, message) => {
    for (const value of values) expect(faultsOf({ [name]: value })).toEqual([`${name}: ${message}`]);
  });

  it('reports every fault at once, one line each', () => {
    const faults = faultsOf({
      GENERATION_TARGETS: 'ftp://x',
      CIRCUIT_BREAKER_REDIS_FAIL_THRESHOLD: '0',
      PORT: 'abc',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      CIRCUIT_BREAKER_ENABLED: 'maybe',
      LOG_LEVEL: 'loud',
    });
    expect(faults).toEqual([
      'PORT: must be a whole number from 0 to 65535',
      'DATABASE_URL: must be a URL that starts with postgres:// or postgresql://',
      'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
      'CIRCUIT_BREAKER_ENABLED: must be one of true, false, observe',
      'GENERATION_TARGETS: ftp://x/: the scheme must be hf, http, https or local',
      'CIRCUIT_BREAKER_REDIS_FAIL_THRESHOLD: must be a whole number from 1 to 10000',
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it.each([
    [{ GENERATION_TARGETS: 'hf://auto/x/y' }, 'GENERATION_TARGETS: hf://auto/x/y: needs HF_TOKEN'],
    [{ GENERATION_TARGETS: 'http://h/v1' }, 'GENERATION_TARGETS: http://h/v1: needs ?model='],
    [
      { GENERATION_TARGETS: 'ftp://h/v1' },
      'GENERATION_TARGETS: ftp://h/v1: the scheme must be hf, http, https or local',
    ],
    [
      { GENERATION_TARGETS: 'http://u:hunter2@h/v1?model=m' },
      'GENERATION_TARGETS: http://h/v1: put no credentials into the URL, name their variable with key_env=',
    ],
    [{ GENERATION_TARGETS: 'local://extractive,,local://x' }, 'GENERATION_TARGETS: has an empty entry'],
    [{ GENERATION_TARGETS: 'nonsense' }, 'GENERATION_TARGETS: has an entry that is not a URL'],
    [
      { GENERATION_TARGETS: 'http://h:6000/v1?model=m' },
      'GENERATION_TARGETS: http://h:6000/v1: no HTTP client calls port 6000: let the service listen on another',
    ],
    [
      { GENERATION_TARGETS: 'http://h/v1?model=m&temperature=0&temperature=1' },
      'GENERATION_TARGETS: http://h/v1: temperature is given twice',
    ],
    [
      { GENERATION_TARGETS: 'http://h/v1?model=m&colour=red' },
      'GENERATION_TARGETS: http://h/v1: unknown parameter colour; write query.colour= to send it to the service',
    ],
    [
      { GENERATION_TARGETS: 'http://h/v1?model=m&context_tokens=4k' },
      'GENERATION_TARGETS: http://h/v1: context_tokens must be a whole number from 256 to 99999999',
    ],
    [
      { GENERATION_TARGETS: 'http://h/v1?model=m&context_tokens=1000&max_output_tokens=1000' },
      'GENERATION_TARGETS: http://h/v1: max_output_tokens must be below context_tokens',
    ],
    [{ GENERATION_TARGETS: 'http://h/v1?model=m&name=redis' }, 'GENERATION_TARGETS: the name redis is taken'],
    [
      { GENERATION_TARGETS: 'http://h/v1?model=m&key_env=NOPE' },
      'GENERATION_TARGETS: key_env names NOPE, which is not set',
    ],
    [
      { GENERATION_TARGETS: 'local://extractive,local://extractive' },
      'GENERATION_TARGETS: two targets are named local_extractive; give each a name=',
    ],
    [{ RERANK_TARGETS: 'http://h/?model=m' }, 'RERANK_TARGETS: http://h/: needs ?api=tei, cohere or jina'],
    [{ RERANK_TARGETS: 'https://h/?api=cohere' }, 'RERANK_TARGETS: https://h/: needs &model='],
    [
      { RERANK_TARGETS: 'hf://groq/x?api=tei', HF_TOKEN: 't' },
      'RERANK_TARGETS: hf://groq/x: rerankers have http or https URLs',
    ],
    [
      { RERANK_TARGETS: 'http://a?api=tei&name=a,http://b?api=tei&name=a' },
      'RERANK_TARGETS: two targets are named a; give each a name=',
    ],
    [{ RERANK_TARGETS: 'http://a?api=tei&name=postgres' }, 'RERANK_TARGETS: the name postgres is taken'],
    [
      { GENERATION_TARGETS: 'http://a?model=m&name=rerank_api' },
      'GENERATION_TARGETS: the name rerank_api is taken',
    ],
    [
      { GENERATION_TARGETS: 'http://a?model=m&name=same', RERANK_TARGETS: 'http://b?api=tei&name=same' },
      'RERANK_TARGETS: two targets are named same; give each a name=',
    ],
    [
      { EMBEDDING_TARGETS: 'http://h/?model=m' },
      'EMBEDDING_TARGETS: http://h/: needs ?api=hf, tei or openai',
    ],
    [
      { EMBEDDING_TARGETS: 'http://a/?api=tei&model=m,http://b/?api=tei&model=n' },
      'EMBEDDING_TARGETS: all hosts must serve the same model',
    ],
    [
      { EMBEDDING_TARGETS: 'hf://groq/x/y', HF_TOKEN: 't' },
      'EMBEDDING_TARGETS: hf://groq/x/y: embeddings come from hf://hf-inference/…',
    ],
    [
      { CORS_ORIGINS: 'https://a.example/path' },
      'CORS_ORIGINS: must be origins such as https://app.example.com, comma-separated',
    ],
    [{ CIRCUIT_BREAKER_FAIL_TRESHOLD: '3' }, 'CIRCUIT_BREAKER_FAIL_TRESHOLD: no such variable or guard'],
    [
      { CIRCUIT_BREAKER_POSTGRES_FAIL_THRESHOLD: '0' },
      'CIRCUIT_BREAKER_POSTGRES_FAIL_THRESHOLD: must be a whole number from 1 to 10000',
    ],
    [{ HF_TOKEN: 'hf_a\nb' }, 'HF_TOKEN: contains characters that are not allowed in an HTTP header'],
    [{ LADDER_CANARY_SHARE: '1.5' }, 'LADDER_CANARY_SHARE: must be a number from 0 to 1'],
    [{ PORT: '1e3' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ PORT: '-1' }, 'PORT: must be a whole number from 0 to 65535'],
  ])('refuses %j', (env, fault) => {
    expect(faultsOf(env as unknown as Record<string, string>)).toEqual([fault]);
  });
});
