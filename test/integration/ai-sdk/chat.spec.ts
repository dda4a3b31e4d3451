import {
  createChat,
  createTransport,
  readMessage,
  sendQuestion,
  textOf,
  userMessage,
  type ChatMessage,
} from '../../support/protocols/chat-client.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';

const URL_OF_MANUAL = 'https://example.com/manual';

describe('POST /api/chat', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithFake();
    await scenario.service.ingest([
      { id: 'manual', title: 'Manual', url: URL_OF_MANUAL, text: 'The lantern glows in the dark.' },
    ]);
  });

  afterAll(() => scenario.close());

  it('gives useChat a message with its sources, its text and its metadata', async () => {
    const { service } = scenario;
    const chat = createChat(createTransport(service));
    const question = 'When does the circuit open after failures?';
    await chat.sendMessage({ text: question });
    expect([chat.status, chat.error]).toEqual(['ready', undefined]);
    const [asked, answered] = chat.messages;
    expect(asked?.role).toBe('user');
    expect(answered).toEqual({
      id: expect.any(String),
      role: 'assistant',
      metadata: metadata({ condensed: { by: 'none', question } }),
      parts: [
        { type: 'step-start' },
        {
          type: 'source-document',
          sourceId: '1',
          mediaType: 'text/plain',
          title: 'Circuit breakers',
          filename: 'circuits',
          providerMetadata: {
            failsoft: {
              number: 1,
              document_id: 'circuits',
              chunk_id: expect.stringMatching(/^\d+$/),
              heading: null,
              excerpt: handbook[0]?.text,
              url: expect.stringMatching(/\/passages\/\d+$/),
            },
          },
        },
        { type: 'text', text: expect.stringContaining('[1]'), state: 'done' },
      ],
    });
    const { body } = await service.query(question);
    expect(body.answer).toBe(answered && textOf(answered));
  });

  it('names a source by the URL of its document where it has one', async () => {
    const message = await readMessage(
      await sendQuestion(createTransport(scenario.service), 'Does the lantern glow?'),
    );
    expect(message.parts[1]).toEqual({
      type: 'source-url',
      sourceId: '1',
      url: URL_OF_MANUAL,
      title: 'Manual',
      providerMetadata: {
        failsoft: {
          number: 1,
          document_id: 'manual',
          chunk_id: expect.any(String),
          heading: null,
          excerpt: 'The lantern glows in the dark.',
        },
      },
    });
  });

  it('is a stream that nothing on the way keeps, changes or holds back', async () => {
    const { headers, status } = await fetch(`${scenario.service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [userMessage('Who fills the kettle?')] }),
    });
    expect(status).toBe(200);
    expect(headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store, no-transform');
    expect(headers.get('x-accel-buffering')).toBe('no');
  });

  it.each([
    ['the whole text at once', '', 1],
    ['the text as it comes, when the client takes parts back', '?reset=1', 5],
  ])('sends %s', async (_, query, least) => {
    const stream = await sendQuestion(
      createTransport(scenario.service, { query }),
      `Who brews green tea${query}?`,
    );
    const chunks = await Array.fromAsync(stream);
    const types = chunks.map(({ type }) => type);
    const deltas = types.filter((type) => type === 'text-delta');
    expect(deltas.length).toBeGreaterThanOrEqual(least);
    expect(deltas.length > 1).toBe(least > 1);
    expect(types.filter((type, at) => type !== types[at - 1])).toEqual([
      'start',
      'start-step',
      'source-document',
      'text-start',
      'text-delta',
      'text-end',
      'finish-step',
      'message-metadata',
      'finish',
    ]);
  });

  it('gives the model the turns before the question, without their sources', async () => {
    const { service, fake } = scenario;
    const chat = createChat(createTransport(service));
    await chat.sendMessage({ text: 'Where do visitors park?' });
    const before = textOf(chat.messages[1] ?? { parts: [] });
    await chat.sendMessage({ text: 'And where do bicycles belong?' });
    expect(chat.messages).toHaveLength(4);
    const sent = JSON.stringify(fake.recorded('chat').at(-1)?.body);
    expect(sent).toContain('Where do visitors park?');
    // Numbers of earlier passages would be taken for those of the new ones.
    expect(sent).toContain(before.replace(' [1]', ''));
    expect(sent).not.toContain('source-document');
  });

  it('takes the answer out of the cache, and makes a new one when the user asks again', async () => {
    const chat = createChat(createTransport(scenario.service));
    await chat.sendMessage({ text: 'What is the kettle for?' });
    const other = createChat(createTransport(scenario.service));
    await other.sendMessage({ text: 'What is the kettle for?' });
    expect(other.lastMessage?.metadata?.from_cache).toBe(true);
    await other.regenerate();
    expect(other.messages).toHaveLength(2);
    expect(other.lastMessage?.metadata).toMatchObject({ from_cache: false, attempts: [attempt('success')] });
  });

  it('takes top_k and a filter from the body of the transport', async () => {
    const body = { top_k: 1, filter: { kind: 'none' } };
    const transport = createTransport(scenario.service, { body });
    const message = await readMessage(await sendQuestion(transport, 'Does the lantern glow?'));
    expect(message.metadata).toMatchObject({ no_context: true, chunks_retrieved: 0 });
  });

  it('takes long conversations, with all that their messages hold', async () => {
    const asked = await readMessage(await sendQuestion(createTransport(scenario.service), 'Who parks?'));
    const answer: ChatMessage = {
      ...asked,
      parts: Array.from({ length: 20 }, (_, index) => ({
        type: 'source-url',
        sourceId: String(index),
        url: URL_OF_MANUAL,
        providerMetadata: { failsoft: { excerpt: 'x'.repeat(300) } },
      })),
    };
    const messages = Array.from({ length: 150 }, () => [userMessage('What is it?'), answer]).flat();
    const body = JSON.stringify({
      id: 'long',
      messages: [...messages, userMessage('Does the lantern glow?')],
    });
    expect(body.length).toBeGreaterThan(1_000_000);
    const { status } = await fetch(`${scenario.service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(status).toBe(200);
  });
});
