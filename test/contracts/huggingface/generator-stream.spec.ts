import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const LIMITS = { firstTokenTimeoutMs: 10_000, idleTimeoutMs: 4_000 };
const REQUEST = { messages: [{ role: 'user' as const, content: 'What?' }] };
const TOKEN = { kind: 'hugging_face' as const, name: 'hf', model: 'openai/gpt-oss-20b', apiKey: 'hf_key' };

/** A generation whose response stream the test writes. */
function startGeneration(provider: string) {
  const calls: { url: string; authorization: string | null; body: unknown }[] = [];
  const stream = new TransformStream<string, string>();
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { headers } = new Request('http://host', { headers: init?.headers ?? {} });
    const authorization = headers.get('authorization');
    calls.push({ url: String(url), authorization, body: JSON.parse(String(init?.body)) });
    init?.signal?.addEventListener(
      'abort',
      () => void writer.abort(init.signal?.reason).catch(() => undefined),
    );
    const body = stream.readable.pipeThrough(new TextEncoderStream());
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const writer = stream.writable.getWriter();
  const clock = new FakeClock();
  const generator = new HuggingFaceGenerator({ ...TOKEN, provider }, LIMITS, clock, fetch);
  const tokens: string[] = [];
  const result = generator.generate(REQUEST, {
    signal: new AbortController().signal,
    onToken: (text) => tokens.push(text),
  });
  const send = async (text: string) => {
    await writer.write(text);
    await clock.advance(0);
  };
  const sendDelta = (delta: object, finish_reason: string | null = null) =>
    send(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  return { calls, clock, tokens, result, send, sendDelta, end: () => writer.close() };
}

describe('the router of Hugging Face', () => {
  it.each([
    ['auto', 'openai/gpt-oss-20b'],
    ['groq', 'openai/gpt-oss-20b:groq'],
  ])('is called without looking the model up first, with the provider %s', async (provider, model) => {
    const service = startGeneration(provider);
    await service.sendDelta({ content: 'Yes.' }, 'stop');
    await service.end();
    expect(await service.result).toEqual({ text: 'Yes.', model: 'openai/gpt-oss-20b', finishReason: 'stop' });
    expect(service.calls).toEqual([
      {
        url: 'https://router.huggingface.co/v1/chat/completions',
        authorization: 'Bearer hf_key',
        body: expect.objectContaining({ model, messages: REQUEST.messages, stream: true }),
      },
    ]);
  });
});

describe('the time limits of a stream', () => {
  it('do not end the stream of a model that reasons for long', async () => {
    const service = startGeneration('auto');
    await service.clock.advance(9_999);
    for (let thought = 0; thought < 20; thought++) {
      await service.sendDelta({ reasoning_content: 'Hm.' });
      await service.clock.advance(3_999);
    }
    await service.sendDelta({ content: 'Yes.' }, 'stop');
    await service.end();
    expect(await service.result).toMatchObject({ text: 'Yes.' });
  });

  it('end the stream although comments keep the connection open', async () => {
    const service = startGeneration('auto');
    const failed = service.result.catch((error: unknown) => error);
    for (let second = 0; second < 10; second++) {
      await service.send(': keep-alive\n\n');
      await service.clock.advance(1_000);
    }
    expect(await failed).toMatchObject({ limit: 'first_token' });
  });
});

describe('a complete answer', () => {
  const continuations: [string, (service: ReturnType<typeof startGeneration>) => Promise<void>][] = [
    ['silence', async () => undefined],
    ['comments', ({ send }) => send(': keep-alive\n\n')],
    ['chunks', ({ send }) => send(`data: ${JSON.stringify({ choices: [] })}\n\n`)],
    ['pings', ({ send }) => send('data: {}\n\n')],
    ['garbage', ({ send }) => send('data: {\n\n')],
  ];

  it.each(continuations)('is returned a moment later, whatever follows: %s', async (what, follow) => {
    const service = startGeneration('auto');
    let isReturned = false;
    void service.result.then(() => (isReturned = true));
    await service.sendDelta({ content: 'Yes.' }, 'stop');
    await service.clock.advance(50);
    await follow(service);
    expect(isReturned).toBe(what === 'garbage');
    await service.clock.advance(50);
    expect(isReturned).toBe(true);
    expect(await service.result).toEqual({ text: 'Yes.', model: 'openai/gpt-oss-20b', finishReason: 'stop' });
    expect(service.clock.pendingTimers).toBe(0);
  });

  it('is returned at once when the stream ends', async () => {
    const service = startGeneration('auto');
    await service.sendDelta({ content: 'Yes.' }, 'stop');
    await service.send('data: [DONE]\n\n');
    expect(await service.result).toMatchObject({ text: 'Yes.' });
    expect(service.clock.pendingTimers).toBe(0);
  });
});

it('the generator accepts a chunk with usage alone', async () => {
  const service = startGeneration('auto');
  await service.sendDelta({ content: 'Yes.' });
  await service.sendDelta({}, 'stop');
  await service.send('data: {"choices":[],"usage":{"total_tokens":3}}\n\ndata: [DONE]\n\n');
  expect(await service.result).toMatchObject({ text: 'Yes.' });
});

describe('a text that no database stores', () => {
  it('loses its NUL characters, and has replacements for halves of characters', async () => {
    const service = startGeneration('auto');
    await service.sendDelta({ content: 'A\u0000 \udc00lone' });
    await service.sendDelta({ content: ' \ud83dhalf\u0000' });
    await service.sendDelta({ content: '.\ud83d' }, 'stop');
    await service.end();
    const text = 'A \uFFFDlone \uFFFDhalf.\uFFFD';
    expect(await service.result).toMatchObject({ text });
    expect(service.tokens.join('')).toBe(text);
  });

  it('keeps a character whose halves come in two chunks', async () => {
    const service = startGeneration('auto');
    await service.sendDelta({ content: 'Well done \ud83d' });
    await service.sendDelta({});
    await service.sendDelta({ content: '\ude00!' });
    await service.sendDelta({}, 'stop');
    await service.end();
    expect(await service.result).toMatchObject({ text: 'Well done 😀!' });
    expect(service.tokens.map((token) => token.isWellFormed())).not.toContain(false);
  });

  it('is a bad response when nothing else is left', async () => {
    const service = startGeneration('auto');
    const failed = service.result.catch((error: unknown) => error);
    await service.sendDelta({ content: '\u0000\u0000' }, 'stop');
    await service.end();
    expect(await failed).toMatchObject({ defect: 'empty' });
  });
});
