import { inspect } from 'node:util';
import { classifyError } from '../../../src/huggingface/classify.ts';
import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import type { Verdict } from '../../../src/resilience/guard/outcome.ts';
import { runInContext } from '../../../src/telemetry/request-context.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { HTML_PAGE, type Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { PROMPT_TOKENS } from '../../support/fakes/fake-hugging-face-replies.ts';
import { useCaller, useFakeHuggingFace } from '../../support/fakes/shared-fake.ts';

const SECRET = 'xyzzy-private';
const REQUEST = {
  messages: [
    { role: 'system' as const, content: 'Answer with citations such as [1].' },
    { role: 'user' as const, content: `[1] Circuits open after five failures.\n\nQuestion: ${SECRET}?` },
  ],
};
const ANSWER = 'According to the documents: Circuits open after five failures. [1].';
const GENERATION = {
  text: ANSWER,
  model: 'm',
  finishReason: 'stop',
  usage: { prompt: PROMPT_TOKENS, completion: 10 },
};
/** How long the end of a stream is waited for once the answer is whole. */
const END_WAIT_MS = 100;
const LIMITS = { firstTokenTimeoutMs: 10_000, idleTimeoutMs: 4_000 };

const server = useFakeHuggingFace();
const caller = useCaller();
let clock: FakeClock;
let generator: HuggingFaceGenerator;

beforeEach(() => {
  clock = new FakeClock();
  const target = { kind: 'openai' as const, name: 'fake', url: `${server.url}/v1`, model: 'm' };
  generator = new HuggingFaceGenerator({ ...target, apiKey: undefined }, LIMITS, clock);
});

/** No test may leave a timer behind. */
afterEach(() => expect(clock.pendingTimers).toBe(0));

const asValue = (error: unknown) => error;

function generate(onToken?: (text: string) => void) {
  return generator.generate(REQUEST, { signal: caller().signal, onToken });
}

describe('a generator with a healthy host', () => {
  it('streams the answer and returns the whole text', async () => {
    const tokens: string[] = [];
    expect(await generate((text) => tokens.push(text))).toEqual(GENERATION);
    expect(tokens.length).toBeGreaterThan(5);
    expect(tokens.join('')).toBe(ANSWER);
  });

  it('sends the messages and the request id, and no key when none is set', async () => {
    await runInContext({ requestId: 'request-7' }, () => generate());
    const call = server.recorded('chat').at(-1);
    expect(call?.path).toBe('/v1/chat/completions');
    expect(call?.headers).toMatchObject({ 'x-request-id': 'request-7' });
    expect(call?.headers.authorization).toBeUndefined();
    expect(call?.body).toMatchObject({ model: 'm', stream: true, messages: REQUEST.messages });
  });

  it.each<Fault>([
    { kind: 'reasoning', parts: 20 },
    { kind: 'slow_drip', everyMs: 1 },
  ])('waits for a slow answer: %p', async (fault) => {
    server.fail('chat', fault);
    expect(await generate()).toEqual(GENERATION);
  });
});

describe('a stream that goes on after the finish reason', () => {
  it('is closed after a short wait', async () => {
    server.fail('chat', { kind: 'held_open' });
    const words: string[] = [];
    const { promise: spoken, resolve } = Promise.withResolvers<void>();
    const generation = generate((text) => words.push(text) === ANSWER.split(' ').length && resolve());
    await spoken;
    await clock.advance(END_WAIT_MS);
    expect(await generation).toEqual({ text: ANSWER, model: 'm', finishReason: 'stop' });
    await server.allClosed();
  });

  it('is awaited for a moment, so that later calls can use its connection', async () => {
    const keptAlive = await new FakeHuggingFace({ keepAlive: true, answer: () => ANSWER }).start();
    keptAlive.fail('chat', { kind: 'late_end', afterMs: 5 });
    const target = {
      kind: 'openai' as const,
      name: 'kept',
      url: keptAlive.url,
      model: 'm',
      apiKey: undefined,
    };
    const reusing = new HuggingFaceGenerator(target, LIMITS, clock);
    for (let call = 0; call < 10; call++) await reusing.generate(REQUEST, { signal: caller().signal });
    const { totalSockets } = keptAlive;
    await keptAlive.stop();
    // A call that begins at once may find the connection of the one before not back yet.
    expect(totalSockets).toBeLessThanOrEqual(2);
  });
});

describe('a service that fails', () => {
  const failure = (errorType: Verdict['errorType'], retry: Verdict['retry']) =>
    ({ outcome: 'failure', errorType, retry, nextTarget: true }) as const;
  const ignored = (errorType: Verdict['errorType']) =>
    ({ outcome: 'ignored', errorType, retry: 'never', nextTarget: true }) as const;
  const status = (code: number, body?: string | object, headers?: Record<string, string>): Fault => ({
    kind: 'status',
    status: code,
    ...(body === undefined ? {} : { body }),
    ...(headers ? { headers } : {}),
  });
  const latched = { ...ignored('credentials'), hold: { cause: 'latched', ms: 300_000 } } as const;
  const throttled = (ms: number): Verdict => ({
    ...ignored('rate_limited'),
    retry: 'yes',
    hold: { cause: 'throttled', ms },
  });
  const loading = (ms: number): Verdict => ({
    ...failure('loading', 'never'),
    hold: { cause: 'loading', ms },
  });

  it.each<[Fault, Verdict]>([
    [{ kind: 'reset' }, failure('network', 'yes')],
    [{ kind: 'reset_midway' }, failure('network', 'yes')],
    [{ kind: 'cut' }, failure('network', 'yes')],
    ...[408, 424, 500, 502, 504].map((code): [Fault, Verdict] => [
      status(code),
      failure('http_error', 'yes'),
    ]),
    [status(502, HTML_PAGE), failure('http_error', 'yes')],
    [status(400, HTML_PAGE), failure('http_error', 'yes')],
    [status(500, ''), failure('http_error', 'yes')],
    [status(503), failure('loading', 'never')],
    [status(503, { error: 'Model m is currently loading', estimated_time: 20 }), loading(20_000)],
    [status(503, '', { 'retry-after': '3' }), loading(3_000)],
    [status(429), throttled(1_000)],
    [status(429, '', { 'retry-after': '2' }), throttled(2_000)],
    [status(429, HTML_PAGE, { 'retry-after': 'tomorrow' }), throttled(1_000)],
    [
      status(
        429,
        {},
        { date: 'Sat, 21 Nov 2026 09:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 09:01:00 GMT' },
      ),
      throttled(60_000),
    ],
    ...[400, 413, 422].map((code): [Fault, Verdict] => [status(code), ignored('invalid_request')]),
    ...[401, 402, 403].map((code): [Fault, Verdict] => [status(code), latched]),
    [status(404), { ...latched, errorType: 'not_found' }],
    [{ kind: 'bad_json' }, failure('bad_response', 'never')],
    [{ kind: 'wrong_shape' }, failure('bad_response', 'never')],
    [{ kind: 'empty_answer' }, failure('bad_response', 'never')],
    [{ kind: 'unfinished' }, failure('bad_response', 'never')],
    [{ kind: 'error_event' }, failure('bad_response', 'never')],
    [status(200, HTML_PAGE), failure('bad_response', 'never')],
    [status(200, { choices: [] }), failure('bad_response', 'never')],
    [status(204, ''), failure('bad_response', 'never')],
  ])('rejects with the error of the fault: %j', async (fault, verdict) => {
    server.fail('chat', fault);
    expect(await generate().catch(classifyError)).toEqual(verdict);
  });

  it('fails while the host refuses connections, and answers once it listens again', async () => {
    await server.stop();
    expect(await generate().catch(classifyError)).toEqual(failure('network', 'yes'));
    await server.start();
    expect(await generate()).toMatchObject({ text: ANSWER });
  });

  it('calls the host once, whatever the failure', async () => {
    server.fail('chat', status(503));
    const before = server.count('chat');
    await expect(generate()).rejects.toMatchObject({ status: 503 });
    expect(server.count('chat')).toBe(before + 1);
  });

  it.each<Fault>([
    { kind: 'black_hole' },
    { kind: 'headers_then_silence' },
    { kind: 'status', status: 500, stalled: true },
  ])('ends a call without a first token at its limit: %p', async (fault) => {
    server.fail('chat', fault);
    const before = server.count('chat');
    const failed = generate().catch(asValue);
    await server.received('chat', before + 1);
    await clock.advance(LIMITS.firstTokenTimeoutMs - 1);
    expect(server.openSockets).toBe(1);
    await clock.advance(1);
    expect(await failed).toMatchObject({ limit: 'first_token' });
    expect(classifyError(await failed)).toEqual(failure('timeout', 'never'));
  });

  it('ends a stalled stream at its idle limit', async () => {
    server.fail('chat', { kind: 'stall', parts: 2 });
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const tokens: string[] = [];
    const failed = generate((text) => tokens.push(text) === 2 && resolve()).catch(asValue);
    await started;
    await clock.advance(LIMITS.idleTimeoutMs - 1);
    expect(server.openSockets).toBe(1);
    await clock.advance(1);
    expect(await failed).toMatchObject({ limit: 'idle' });
    expect(tokens).toHaveLength(2);
  });

  it.each<Fault>([
    status(400, { error: `cannot handle ${SECRET}` }),
    status(500, `<html>${SECRET}</html>`),
    { kind: 'bad_json' },
    { kind: 'error_event' },
    status(200, SECRET),
  ])('puts no text of the user into the error: %p', async (fault) => {
    server.fail('chat', fault);
    const error = await generate().catch(asValue);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(SECRET);
  });
});

describe('a generator whose caller leaves', () => {
  it("ends the call at once, with the caller's reason and without another token", async () => {
    const reason = new Error('left');
    const tokens: string[] = [];
    const leave = (text: string) => {
      tokens.push(text);
      caller().abort(reason);
    };
    await expect(generate(leave)).rejects.toBe(reason);
    expect(tokens).toHaveLength(1);
  });

  it('ends a call that hangs', async () => {
    server.fail('chat', { kind: 'black_hole' });
    const before = server.count('chat');
    const failed = generate().catch(asValue);
    await server.received('chat', before + 1);
    caller().abort();
    expect(classifyError(await failed)).toMatchObject({ outcome: 'ignored', errorType: 'cancelled' });
  });

  it('makes no call for a caller who has already left', async () => {
    const before = server.count('chat');
    caller().abort(new Error('left'));
    await expect(generate()).rejects.toThrow('left');
    expect(server.count('chat')).toBe(before);
  });
});

it('the generator stops reading an endless answer', async () => {
  const endless = await new FakeHuggingFace({ answer: () => `${'x'.repeat(999)} `.repeat(102) }).start();
  const target = { kind: 'openai' as const, name: 'endless', url: endless.url, model: 'm', apiKey: 'k' };
  const greedy = new HuggingFaceGenerator(target, LIMITS, clock);
  await expect(greedy.generate(REQUEST, { signal: caller().signal })).rejects.toMatchObject({
    defect: 'too_large',
  });
  await endless.allClosed();
  await endless.stop();
});
