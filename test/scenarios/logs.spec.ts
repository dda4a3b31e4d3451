import { jest } from '@jest/globals';
import { handbook } from '../support/documents.ts';
import { FakeHuggingFace } from '../support/fake-hugging-face.ts';
import { modelUrl } from '../support/scenario.ts';
import { startService, type Service } from '../support/service.ts';

jest.setTimeout(60_000);

const KEY = 'key-zanzibar-1';
const ANSWER = 'Answer-quokka-2 [1].';
const QUESTION = 'When does the circuit question-narwhal-3 open?';
const DOCUMENT = 'The circuit document-axolotl-4 opens after five failures.';
const MARKERS = /zanzibar|quokka|narwhal|axolotl/i;

describe('logs at level info', () => {
  const fake = new FakeHuggingFace({ answer: () => ANSWER });
  let service: Service;

  beforeAll(async () => {
    await fake.start();
    service = await startService({
      LOG_LEVEL: 'info',
      GENERATION_TARGETS: modelUrl(fake, '&key_env=MODEL_KEY'),
      MODEL_KEY: KEY,
      RETRY_MAX_ATTEMPTS: '1',
    });
    await service.ingest([...handbook, { id: 'marked', text: DOCUMENT, title: DOCUMENT }]);
  });

  afterAll(async () => {
    await service.close();
    await fake.stop();
  });

  const ask = async (id: string, more: Record<string, unknown> = {}) => {
    service.logs.length = 0;
    const reply = await service.query(`${QUESTION} ${id}`, more, { headers: { 'x-request-id': id } });
    return { reply, lines: [...service.logs] };
  };

  it('carry the trace of a caller that has one, which the model is told, too', async () => {
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

  it('tell what becomes of each question, under its id and without a word of it', async () => {
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
    const garbled = { name: 'BadResponseError', message: 'the service gave a bad answer (malformed)' };
    const cases = [
      ['refused', { kind: 'status', status: 400, body: { error: repeated } }, answered(400)],
      ['broken', { kind: 'status', status: 500, body: repeated }, answered(500)],
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
});
