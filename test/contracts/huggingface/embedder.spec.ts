import { classifyError } from '../../../src/huggingface/classify.ts';
import { HuggingFaceEmbedder } from '../../../src/huggingface/embedding/embedder.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import { runInContext } from '../../../src/telemetry/request-context.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { HTML_PAGE, type Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { embedText } from '../../support/fakes/fake-hugging-face-vectors.ts';
import { useCaller, useFakeHuggingFace } from '../../support/fakes/shared-fake.ts';

const TEXTS = ['The circuit opens.', 'The circuit closes.', 'Something else'];
const VECTORS = TEXTS.map((text) => embedText(text, 64));

const failed = (errorType: string, retry: string) => ({
  outcome: 'failure',
  errorType,
  retry,
  nextTarget: true,
});
const BAD = failed('bad_response', 'never');
const status = (code: number, body: string | object = {}, headers = {}): Fault => ({
  kind: 'status',
  status: code,
  body,
  headers,
});

const server = useFakeHuggingFace();
const caller = useCaller();

describe.each([
  ['hf', '', '/', { inputs: TEXTS, truncate: true }],
  ['tei', '', '/embed', { inputs: TEXTS, truncate: true }],
  ['openai', '/v1', '/v1/embeddings', { model: 'bge', input: TEXTS, encoding_format: 'float' }],
] as const)('a host that speaks %s', (api, base, path, body) => {
  let embedder: HuggingFaceEmbedder;
  const target = () => ({
    kind: 'http' as const,
    url: server.url + base,
    api,
    model: 'bge',
    apiKey: 'key',
  });
  const embed = (texts = TEXTS) => embedder.embed(texts, caller().signal);

  beforeEach(() => {
    embedder = new HuggingFaceEmbedder(target(), new FakeClock());
  });

  it('embeds texts in their order', async () => {
    expect(await runInContext({ requestId: 'request-7' }, () => embed())).toEqual(VECTORS);
    expect(embedder.model).toBe('bge');
    const call = server.recorded('embed').at(-1);
    expect(call).toMatchObject({ path, body });
    expect(call?.headers).toMatchObject({ authorization: 'Bearer key', 'x-request-id': 'request-7' });
  });

  it('embeds a single text', async () => {
    expect(await embed(['The circuit opens.'])).toEqual([VECTORS[0]]);
  });

  it('makes no call for an empty list of texts', async () => {
    const before = server.count('embed');
    expect(await embed([])).toEqual([]);
    expect(server.count('embed')).toBe(before);
  });

  it.each<[Fault, object]>([
    [{ kind: 'reset' }, failed('network', 'yes')],
    [{ kind: 'reset_midway' }, failed('network', 'yes')],
    [{ kind: 'cut' }, failed('network', 'yes')],
    [status(500), failed('http_error', 'yes')],
    [status(502, HTML_PAGE), failed('http_error', 'yes')],
    [
      status(503, { estimated_time: 20 }),
      { ...failed('loading', 'never'), hold: { cause: 'loading', ms: 20_000 } },
    ],
    [
      status(429, '', { 'retry-after': '4' }),
      { errorType: 'rate_limited', hold: { cause: 'throttled', ms: 4_000 } },
    ],
    [status(413), { outcome: 'ignored', errorType: 'invalid_request', nextTarget: true }],
    [status(401), { outcome: 'ignored', errorType: 'credentials', hold: { cause: 'latched', ms: 300_000 } }],
    [{ kind: 'unfinished' }, BAD],
    [{ kind: 'bad_json' }, BAD],
    [{ kind: 'wrong_shape' }, BAD],
    [{ kind: 'empty_answer' }, BAD],
    [{ kind: 'wrong_count' }, BAD],
    [{ kind: 'mixed_dimensions' }, BAD],
    [{ kind: 'nan' }, BAD],
    [{ kind: 'null_values' }, BAD],
    [status(200, HTML_PAGE), BAD],
    [status(204, ''), BAD],
  ])('rejects with the error of the fault: %j', async (fault, verdict) => {
    server.fail('embed', fault, { times: 1 });
    expect(await embed().catch(classifyError)).toMatchObject(verdict);
    expect(await embed()).toEqual(VECTORS);
  });

  it('ends a call at its time limit', async () => {
    server.fail('embed', { kind: 'black_hole' });
    const before = server.count('embed');
    const result = embed().catch((error: unknown) => error);
    await server.received('embed', before + 1);
    const timeout = new AttemptTimeoutError('attempt');
    caller().abort(timeout);
    expect(await result).toBe(timeout);
  });

  it.each<Fault>([
    { kind: 'headers_then_silence' },
    { kind: 'stall' },
    { kind: 'status', status: 500, stalled: true },
  ])('ends a call that is aborted during the response: %j', async (fault) => {
    server.fail('embed', fault);
    const { promise: answering, resolve } = Promise.withResolvers<void>();
    const watched = new HuggingFaceEmbedder(target(), new FakeClock(), async (...request) => {
      const response = await fetch(...request);
      setImmediate(resolve);
      return response;
    });
    const result = watched.embed(TEXTS, caller().signal).catch((error: unknown) => error);
    await answering;
    const timeout = new AttemptTimeoutError('attempt');
    caller().abort(timeout);
    expect(await result).toBe(timeout);
  });

  it('fails while the host refuses connections, and embeds once it listens again', async () => {
    await server.stop();
    expect(await embed().catch(classifyError)).toEqual(failed('network', 'yes'));
    await server.start();
    expect(await embed()).toEqual(VECTORS);
  });
});

describe.each([
  ['encoding_format', 'openai', '/v1', { model: 'bge', input: TEXTS }],
  ['truncate', 'tei', '', { inputs: TEXTS }],
  ['truncate', 'hf', '', { inputs: TEXTS }],
] as const)('the field %s', (field, api, base, body) => {
  const refuse = (code: number, answer: string | object) =>
    server.fail('embed', { ...status(code, answer), unless: (sent) => !(field in sent) });
  const setUp = () => {
    const clock = new FakeClock();
    const target = { kind: 'http' as const, url: server.url + base, api, model: 'bge', apiKey: undefined };
    const embedder = new HuggingFaceEmbedder(target, clock);
    return { clock, embed: () => embedder.embed(TEXTS, caller().signal) };
  };
  const bodies = (from: number) =>
    server
      .recorded('embed')
      .slice(from - server.count('embed'))
      .map((call) => call.body);

  it.each([
    [422, { detail: [{ loc: ['body', field], msg: 'Extra inputs are not permitted' }] }],
    [400, { error: { message: `Unsupported parameter: '${field}'`, code: 'unsupported_parameter' } }],
    [400, { detail: 'Bad request' }],
    [400, 'unexpected field'],
    [500, { error: `got an unexpected keyword argument '${field}'` }],
  ])('is left out once a host has refused it with %i %j', async (code, answer) => {
    const { embed } = setUp();
    refuse(code, answer);
    const before = server.count('embed');
    expect(await embed()).toEqual(VECTORS);
    expect(await embed()).toEqual(VECTORS);
    expect(bodies(before)).toEqual([expect.objectContaining({ [field]: expect.anything() }), body, body]);
  });

  it('is sent again after an hour', async () => {
    const { clock, embed } = setUp();
    refuse(422, {});
    await embed();
    server.clearFaults();
    await clock.advance(3_600_000);
    const before = server.count('embed');
    await embed();
    expect(bodies(before)).toEqual([{ ...body, [field]: expect.anything() }]);
  });

  it('is left out at once when a host that has taken it names it in a refusal', async () => {
    const { embed } = setUp();
    await embed();
    refuse(422, { detail: [{ loc: ['body', field], msg: 'Extra inputs are not permitted' }] });
    expect(await embed()).toEqual(VECTORS);
  });

  it('is not the reason when a host refuses a text that has taken it lately, or refuses everything', async () => {
    const { clock, embed } = setUp();
    await embed();
    server.fail('embed', status(422));
    const before = server.count('embed');
    await expect(embed()).rejects.toMatchObject({ status: 422 });
    expect(server.count('embed')).toBe(before + 1);
    await clock.advance(60_000);
    await expect(embed()).rejects.toMatchObject({ status: 422 });
    expect(server.count('embed')).toBe(before + 3);
    await expect(embed()).rejects.toMatchObject({ status: 422 });
    server.clearFaults();
    const healthy = server.count('embed');
    await embed();
    expect(bodies(healthy)).toEqual([{ ...body, [field]: expect.anything() }]);
  });
});

it.each([3, 4] as const)(
  'the embedder takes the first of the vectors per token from an answer %i arrays deep',
  async (depth) => {
    server.fail('embed', { kind: 'nested', depth });
    const target = { kind: 'http' as const, url: server.url, api: 'hf' as const, model: 'bge' };
    const embedder = new HuggingFaceEmbedder({ ...target, apiKey: undefined }, new FakeClock());
    expect(await embedder.embed(TEXTS, caller().signal)).toEqual(VECTORS);
    expect(server.recorded('embed').at(-1)?.headers.authorization).toBeUndefined();
  },
);
