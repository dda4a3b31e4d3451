import fc from 'fast-check';
import { startService, type Service } from '../../support/service/service.ts';

const CASES = { numRuns: 250, seed: 20_261_130 };
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '\0', '\ud800', 'When does a circuit open?', 'x'.repeat(5_000)),
);
/** Any JSON, and the names and values that a schema looks for. */
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  anyText,
  fc.integer(),
  fc.constantFrom(null, true, false, -1, 0.5, [], {}),
);
const content = fc.oneof(
  anyText,
  fc.array(fc.oneof(fc.record({ type: fc.constantFrom('text', 'image_url'), text: anyText }), anyValue)),
  anyValue,
);
const role = fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function', 'wizard');
const message = fc.oneof(fc.record({ role, content }), anyValue);
const messages = fc.oneof(
  fc.array(message, { maxLength: 6 }),
  fc
    .array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({
            role: fc.constantFrom('user', 'assistant', 'system'),
            content: fc.string(),
          }),
        },
        { weight: 1, arbitrary: message },
      ),
      { maxLength: 3 },
    )
    .map((turns) => [...turns, { role: 'user', content: 'When does a circuit open?' }]),
  anyValue,
);
const model = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('failsoft', 'failsoft/whole') },
  { weight: 1, arbitrary: anyValue },
);
const valid = <T>(values: T[]) =>
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: anyValue });

const chat = fc.record(
  {
    model,
    messages,
    stream: valid([true, false]),
    stream_options: valid<unknown>([{ include_usage: true }, {}]),
    temperature: valid([0, 1, 2]),
    top_p: valid([0, 0.5, 1]),
    max_tokens: valid([1, 10]),
    max_completion_tokens: valid([1, 10]),
    stop: valid<unknown>(['a', ['a', 'b']]),
    seed: valid([1, -1]),
    n: valid([1]),
    logprobs: valid([false]),
    top_logprobs: valid([0]),
    response_format: valid<unknown>([{ type: 'text' }]),
    tools: valid<unknown>([[]]),
    tool_choice: valid(['auto', 'none']),
    modalities: valid<unknown>([['text']]),
    store: valid([false]),
    user: anyValue,
    metadata: anyValue,
    failsoft: valid<unknown>([
      { sources: 'markdown' },
      { degraded: 'refuse' },
      { top_k: 3, filter: { a: 1 } },
      {},
    ]),
    unknown_field: anyValue,
  },
  { requiredKeys: ['model', 'messages'] },
);

const embeddings = fc.record(
  {
    model,
    input: fc.oneof(
      anyText,
      fc.array(anyText, { maxLength: 4 }),
      fc.array(fc.nat(200_000)),
      fc.array(fc.array(fc.nat(200_000)), { maxLength: 3 }),
      anyValue,
    ),
    encoding_format: valid(['float', 'base64']),
    dimensions: valid([null]),
    user: anyValue,
  },
  { requiredKeys: ['model', 'input'] },
);

const REFUSAL =
  /^\{"error":\{"message":".+","type":"invalid_request_error","param":(?:null|".*"),"code":"\w+"\}\}$/;
const COMPLETION =
  /^\{"id":"chatcmpl-[^]*"finish_reason":"stop"[^]*\}$|^(?:: .*\n\n)*data: \{[^]*\n\ndata: \[DONE\]\n\n$/;
const VECTORS =
  /^\{"object":"list","data":\[\{"object":"embedding","index":0,.*\],"model":"local-hashing-\d","usage":\{.*\}\}$/;
const MODEL = /^\{"id":"failsoft/;

describe('any request to the API of OpenAI', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
    await service.ingest([{ id: 'circuits', text: 'The circuit opens after five failures.' }]);
  });

  afterAll(() => service.close());

  const post = (path: string) => (body: unknown) =>
    fetch(service.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const getModel = (name: string) => fetch(`${service.url}/v1/models/${encodeURIComponent(name)}`);
  const orAnything = (bodies: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 9, arbitrary: bodies }, { weight: 1, arbitrary: anyValue });
  const names = fc.oneof(fc.string(), fc.constantFrom('failsoft', 'failsoft/whole'));

  it.each<[string, fc.Arbitrary<never>, (value: never) => Promise<Response>, RegExp]>([
    ['for a completion', orAnything(chat) as fc.Arbitrary<never>, post('/v1/chat/completions'), COMPLETION],
    ['for embeddings', orAnything(embeddings) as fc.Arbitrary<never>, post('/v1/embeddings'), VECTORS],
    ['for a model', names as fc.Arbitrary<never>, getModel, MODEL],
  ])('%s is answered, or refused before anything is sent', async (_, values, send, answer) => {
    let answered = 0;
    const property = fc.asyncProperty(values, async (value) => {
      const response = await send(value);
      expect([200, 400, 404, 413]).toContain(response.status);
      expect(await response.text()).toMatch(response.ok ? answer : REFUSAL);
      answered += Number(response.ok);
    });
    await fc.assert(property, CASES);
    expect(answered).toBeGreaterThan(20);
    expect(service.logs.filter(({ event }) => event === 'internal_error')).toEqual([]);
  });
});
