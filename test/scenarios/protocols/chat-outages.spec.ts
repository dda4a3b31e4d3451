import type { UIMessageChunk } from 'ai';
import {
  createChat,
  createTransport,
  readMessage,
  sendQuestion,
  textOf,
} from '../../support/protocols/chat-client.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { startWithBackup, type Scenario } from '../../support/scenarios/scenario.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const down = { kind: 'status', status: 500 } as const;

const typesOf = (chunks: UIMessageChunk[]) => chunks.map(({ type }) => type);

describeScenario('useChat while the model fails', {}, (scenario) => {
  it.each(['', '?reset=1'])('shows the notice and the excerpts (%s)', async (query) => {
    const { service, fake } = scenario;
    fake.fail('chat', down, { times: 1 });
    const transport = createTransport(service, { query });
    const question = circuitQuestion(query.length);
    const message = await readMessage(await sendQuestion(transport, question));
    expect(message.metadata).toEqual({
      ...excerpts('generation_failed_no_cache', [attempt('failure')]),
      condensed: { by: 'none', question },
    });
    expect(message.parts.map(({ type }) => type)).toEqual([
      'step-start',
      'source-document',
      'data-notice',
      'text',
    ]);
    expect(message.parts[2]).toEqual({
      type: 'data-notice',
      data: {
        notice: 'The assistant is temporarily unavailable; these are excerpts, not an answer.',
        fallback_source: 'excerpts',
        fallback_reason: 'generation_failed_no_cache',
        provisional: false,
      },
    });
    expect(textOf(message)).toContain('temporarily unavailable');
  });

  it('ends the call to the model when the user stops', async () => {
    const { service, fake, settled } = scenario;
    fake.fail('chat', { kind: 'stall', parts: 3 }, { times: 1 });
    const chat = createChat(createTransport(service, { query: '?reset=1' }));
    const sent = chat.sendMessage({ text: circuitQuestion(100) });
    const calls = fake.count('chat') + 1;
    await fake.received('chat', calls);
    await chat.stop();
    await sent;
    expect([chat.status, chat.error]).toEqual(['ready', undefined]);
    await settled();
    expect(service.logs).toContainEqual(
      expect.objectContaining({ event: 'circuit_failure', outcome: 'ignored', error_type: 'cancelled' }),
    );
  });

  it('goes on for a chat that asked for it, from the beginning, until its end was read', async () => {
    const { service, fake } = scenario;
    fake.fail('chat', { kind: 'slow_drip', everyMs: 20 }, { times: 1 });
    const calls = fake.count('chat');
    const transport = createTransport(service, { query: '?reset=1', body: { resumable: true } });
    const leaving = new AbortController();
    const options = { chatId: 'chat/ü', signal: leaving.signal };
    const reader = (await sendQuestion(transport, circuitQuestion(200), options)).getReader();
    const read: UIMessageChunk[] = [];
    while (read.at(-1)?.type !== 'text-delta') {
      const { value } = await reader.read();
      if (value) read.push(value);
    }
    leaving.abort();
    await expect(reader.read()).rejects.toThrow('aborted');

    const resumed = await transport.reconnectToStream({ chatId: 'chat/ü' });
    const chunks = resumed ? await Array.fromAsync(resumed) : [];
    expect(chunks.slice(0, read.length)).toEqual(read);
    expect(typesOf(chunks).slice(-3)).toEqual(['finish-step', 'message-metadata', 'finish']);
    const { body } = await service.query(circuitQuestion(200));
    const text = chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? chunk.delta : [])).join('');
    expect(text).toBe(body.answer);
    expect(fake.count('chat')).toBe(calls + 1);
    expect(await transport.reconnectToStream({ chatId: 'chat/ü' })).toBeNull();
  });

  it('gives the whole answer to a chat that comes back after its end', async () => {
    const { service, fake } = scenario;
    fake.fail('chat', { kind: 'slow_drip', everyMs: 5 }, { times: 1 });
    const transport = createTransport(service, { body: { resumable: true } });
    const leaving = new AbortController();
    const calls = fake.count('chat');
    const sent = sendQuestion(transport, circuitQuestion(300), { chatId: 'late', signal: leaving.signal });
    await fake.received('chat', calls + 1);
    await sent;
    leaving.abort();
    await fake.allClosed();
    const chat = createChat(transport, 'late');
    await chat.resumeStream();
    expect(chat.lastMessage?.metadata).toEqual(
      metadata({ condensed: { by: 'none', question: circuitQuestion(300) } }),
    );
    expect(chat.messages).toHaveLength(1);
    expect((await service.query(circuitQuestion(300))).body.answer).toBe(
      textOf(chat.lastMessage ?? { parts: [] }),
    );
  });

  it('finds nothing to go on with once a document of the answer is deleted', async () => {
    const { service, fake } = scenario;
    const transport = createTransport(service, { body: { resumable: true } });
    const leaving = new AbortController();
    fake.fail('chat', { kind: 'slow_drip', everyMs: 20 }, { times: 1 });
    const options = { chatId: 'deleted', signal: leaving.signal };
    const reader = (await sendQuestion(transport, circuitQuestion(350), options)).getReader();
    while ((await reader.read()).value?.type !== 'source-document');
    leaving.abort();
    await service.request('DELETE', '/documents/circuits');
    expect(await transport.reconnectToStream({ chatId: 'deleted' })).toBeNull();
    await service.ingest(handbook);
    expect(await transport.reconnectToStream({ chatId: 'deleted' })).toBeNull();
    await fake.allClosed();
  });

  it('ends a stream that is stopped with an error, and the call to the model with it', async () => {
    const { service, fake, settled } = scenario;
    fake.fail('chat', { kind: 'stall', parts: 3 }, { times: 1 });
    let stream = '';
    const transport = createTransport(service, {
      query: '?reset=1',
      body: { resumable: true },
      onResponse: ({ headers }) => void (stream = headers.get('x-stream-id') ?? ''),
    });
    const chat = createChat(transport, 'stopped');
    const calls = fake.count('chat');
    const sent = chat.sendMessage({ text: circuitQuestion(400) });
    await fake.received('chat', calls + 1);
    await until('the stream has begun', () => stream !== '');
    expect((await service.request('DELETE', `/streams/${stream}`)).status).toBe(204);
    await sent;
    expect([chat.status, chat.error?.message]).toEqual(['error', expect.stringContaining('stopped')]);
    await settled();
  });
});

describe('useChat while a target breaks off midway', () => {
  const backup = new FakeHuggingFace({ answer: () => 'The backup answers [1].' });
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithBackup(backup, { RETRY_MAX_ATTEMPTS: '2' });
  });

  afterAll(async () => {
    await scenario.close();
    await backup.stop();
  });

  it('takes the text back where the client can, and begins anew', async () => {
    const { service, fake } = scenario;
    fake.fail('chat', { kind: 'cut', parts: 3 }, { times: 1 });
    const stream = await sendQuestion(createTransport(service, { query: '?reset=1' }), circuitQuestion(1));
    const [chunks, message] = stream.tee();
    const types = typesOf(await Array.fromAsync(chunks));
    const reset = types.indexOf('reset-step');
    expect(types.slice(0, reset)).toContain('text-delta');
    expect(types.slice(reset)).toEqual(
      expect.arrayContaining(['source-document', 'data-notice', 'text-start']),
    );
    const shown = await readMessage(message);
    expect(textOf(shown)).toBe('The backup answers [1].');
    expect(shown.parts.map(({ type }) => type)).toEqual([
      'step-start',
      'source-document',
      'data-notice',
      'text',
    ]);
    expect(shown.metadata?.target).toBe('backup');
  });

  it('shows nothing of the broken text to any other client', async () => {
    const { service, fake } = scenario;
    fake.fail('chat', { kind: 'cut', parts: 3 }, { times: 1 });
    const chunks = await Array.fromAsync(await sendQuestion(createTransport(service), circuitQuestion(2)));
    expect(typesOf(chunks)).not.toContain('reset-step');
    const deltas = chunks.flatMap((chunk) => (chunk.type === 'text-delta' ? chunk.delta : []));
    expect(deltas).toEqual(['The backup answers [1].']);
  });
});

it('useChat gets a 503 that names the time to wait while nothing is available', async () => {
  const service = await startService({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
  const chat = createChat(createTransport(service));
  await chat.sendMessage({ text: 'When does the circuit open?' });
  expect(chat.status).toBe('error');
  expect(JSON.parse(chat.error?.message ?? '')).toMatchObject({
    error: 'service_unavailable',
    retry_after: expect.any(Number),
  });
  await service.close();
});
