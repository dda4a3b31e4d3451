import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import type { Service } from '../../support/service/service.ts';

const NAME = 'huggingface_api';
const KEY = 'key-zanzibar-1';
const ANSWER = 'Answer-quokka-2 [1].';
const QUESTION = 'When does the circuit question-narwhal-3 open?';
const DOCUMENT = 'The circuit document-axolotl-4 opens after five failures.';
/** Between two lines that say the same. */
const SAMPLED_MS = 10_000;
const MARKERS = /zanzibar|quokka|narwhal|axolotl/i;

describe('logs at level info', () => {
  const fake = new FakeHuggingFace({ answer: () => ANSWER });
  let scenario: Scenario;
  let service: Service;

  beforeAll(async () => {
    await fake.start();
    const env = {
      LOG_LEVEL: 'info',
      GENERATION_TARGETS: modelUrl(fake, '&key_env=MODEL_KEY'),
      MODEL_KEY: KEY,
    };
    scenario = await startWithFake(env, fake);
    ({ service } = scenario);
    await service.ingest([{ id: 'marked', text: DOCUMENT, title: DOCUMENT }]);
  });

  afterAll(() => scenario.close());

  const ask = async (id: string, more: Record<string, unknown> = {}) => {
    // Whatever was written before is due again.
    await scenario.clock.advance(SAMPLED_MS);
    service.logs.length = 0;
    const reply = await service.query(`${QUESTION} ${id}`, more, { headers: { 'x-request-id': id } });
    return { reply, lines: [...service.logs] };
  };

  it("carry the caller's trace id, which is passed on to the model", async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    service.logs.length = 0;
    fake.fail('chat', { kind: 'reset' }, { times: 1 });
    await service.query(`${QUESTION} traced`, {}, { headers: { traceparent } });
    expect(service.logs.map((line) => [line['event'], line['trace_id']])).toEqual([
      ['circuit_failure', traceId],
      ['fallback_served', traceId],
      ['request', traceId],
    ]);
    expect(fake.recorded('chat').at(-1)?.headers['traceparent']).toBe(traceparent);
  });

  it('contain the outcome of each question under its request id, without its text', async () => {
    const healthy = await ask('healthy');
    expect(healthy.reply.body.answer).toBe(ANSWER);
    const call = fake.recorded('chat').at(-1);
    expect(call?.headers).toMatchObject({ 'x-request-id': 'healthy', authorization: `Bearer ${KEY}` });
    const repeated = `${KEY} ${QUESTION} ${ANSWER}`;
    const answered = (status: number) => ({
      name: 'UpstreamError',
      message: `the service answered with status ${status}`,
      http_status: status,
    });
    const message = 'the service gave a bad answer (malformed)';
    const garbled = { name: 'BadResponseError', message, defect: 'malformed' };
    const cases = [
      ['refused', { kind: 'status', status: 400, body: { error: repeated } }, answered(400)],
      ['broken', { kind: 'status', status: 500, body: repeated }, { ...answered(500), defect: 'page' }],
      ['torn', { kind: 'cut', parts: 1 }, { name: 'TypeError', origin: 'HTTPParserError' }],
      ['garbled', { kind: 'bad_json' }, garbled],
      ['reset', { kind: 'reset' }, { name: 'TypeError', code: 'ECONNRESET', errno: expect.any(Number) }],
    ] as const;
    const lines = [...healthy.lines];
    for (const [id, fault, cause] of cases) {
      fake.fail('chat', fault, { times: 1 });
      const degraded = await ask(id);
      expect(degraded.reply.body.metadata.from_fallback).toBe(true);
      expect(new Set(degraded.lines.map((line) => line['request_id']))).toEqual(new Set([id]));
      const events = degraded.lines.map((line) => line['event']);
      expect(events).toEqual(['circuit_failure', 'fallback_served', 'request']);
      expect(degraded.lines[0]).toHaveProperty('cause', cause);
      lines.push(...degraded.lines);
    }
    const invalid = await ask('invalid', { top_k: QUESTION, [DOCUMENT]: KEY });
    expect(invalid.reply.status).toBe(400);
    lines.push(...invalid.lines);
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.map((line) => JSON.stringify(line)).filter((line) => MARKERS.test(line))).toEqual([]);
    expect(healthy.lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        request_id: 'healthy',
        event: 'request',
        method: 'POST',
        path: '/query',
        status: 200,
        duration_ms: expect.any(Number),
        msg: 'request completed',
      },
    ]);
  });

  it('do not repeat a line for each question of an outage', async () => {
    const { clock, ask: askAnew } = scenario;
    const count = (event: string) => service.logs.filter((line) => line['event'] === event).length;
    fake.fail('chat', { kind: 'reset' });
    await clock.advance(SAMPLED_MS);
    service.logs.length = 0;
    while ((await service.guard(NAME)).state === 'closed') await askAnew();
    const questions = 20;
    service.logs.length = 0;
    await clock.advance(SAMPLED_MS);
    for (let question = 0; question < questions; question++) await askAnew();
    const seen = ['request', 'circuit_call_rejected', 'fallback_served', 'rung_failed'].map(count);
    expect(seen).toEqual([questions, 1, 1, 0]);
    const fallback = { source: 'excerpts', reason: 'circuit_breaker_open_no_cache' };
    expect(service.logs).toContainEqual(expect.objectContaining({ event: 'fallback_served', ...fallback }));
    service.logs.length = 0;
    await clock.advance(SAMPLED_MS);
    await askAnew();
    expect(service.logs.map(({ event, repeats }) => [event, repeats])).toEqual([
      ['circuit_call_rejected', questions - 1],
      ['fallback_served', questions - 1],
      ['request', undefined],
    ]);
    fake.clearFaults();
  });
});
