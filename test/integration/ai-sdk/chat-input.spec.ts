import { createChat, createTransport, userMessage } from '../../support/protocols/chat-client.ts';
import { startService, type Service } from '../../support/service/service.ts';

const user = userMessage('What?');
const assistant = { id: 'a', role: 'assistant', parts: [{ type: 'text', text: 'That.' }] };
const image = { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' };

describe('POST /api/chat', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  const send = async (body: unknown, query = '') => {
    const response = await fetch(`${service.url}/api/chat${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };

  it.each<[string, unknown, string]>([
    ['no messages', {}, 'messages'],
    ['an empty list', { messages: [] }, 'messages'],
    ['a text in the place of messages', { messages: 'What?' }, 'messages'],
    ['an assistant who speaks last', { messages: [user, assistant] }, 'messages.1.role'],
    ['a system message alone', { messages: [{ ...user, role: 'system' }] }, 'messages'],
    ['an unknown role', { messages: [{ ...user, role: 'tool' }] }, 'messages.0.role'],
    ['a message without parts', { messages: [{ role: 'user', content: 'What?' }] }, 'messages.0.parts'],
    ['a question without text', { messages: [{ role: 'user', parts: [] }] }, 'messages.0.content'],
    ['an image', { messages: [{ role: 'user', parts: [...user.parts, image] }] }, 'messages.0.parts'],
    [
      'a number as text',
      { messages: [{ role: 'user', parts: [{ type: 'text', text: 7 }] }] },
      'messages.0.parts.0.text',
    ],
    ['a NUL character', { messages: [userMessage('What\0?')] }, 'messages.0.parts.0.text'],
    ['4,001 characters', { messages: [userMessage('x'.repeat(4_001))] }, 'messages.0.content'],
    ['top_k 21', { messages: [user], top_k: 21 }, 'top_k'],
    ['a list as value of the filter', { messages: [user], filter: { a: [1] } }, 'filter.a'],
    ['an endless id', { messages: [user], id: 'x'.repeat(201) }, 'id'],
    ['a stream to resume without an id', { messages: [user], resumable: true }, 'id'],
  ])('refuses %s before the stream begins', async (_, body, path) => {
    const { status, text } = await send(body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: 'invalid_request', details: [{ path }] });
  });

  it('refuses an unknown value of reset, and more messages than it reads', async () => {
    expect(await send({ messages: [user] }, '?reset=yes')).toMatchObject({ status: 400 });
    const messages = Array.from({ length: 1_001 }, () => user);
    expect(await send({ messages })).toMatchObject({ status: 413 });
  });

  it('reads what it can of a conversation: files and tools of earlier messages are left out', async () => {
    const tool = { type: 'tool-weather', toolCallId: '1', state: 'output-available', input: {}, output: {} };
    const messages = [
      { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', parts: [image] },
      { role: 'assistant', parts: [tool, { type: 'reasoning', text: 'Hm.' }, { type: 'data-x', data: 1 }] },
      user,
    ];
    expect(await send({ messages })).toMatchObject({ status: 200 });
  });

  it('tells useChat what is wrong, which keeps the message of the user', async () => {
    const chat = createChat(createTransport(service));
    await chat.sendMessage({ text: 'x'.repeat(4_001) });
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toContain('must have at most 4000 characters');
    expect(chat.messages).toHaveLength(1);
  });

  it.each(['unknown', '%00', '..%2F..', 'x'.repeat(1_000), '__proto__'])(
    'has nothing to resume for the chat %s',
    async (id) => {
      const response = await fetch(`${service.url}/api/chat/${id}/stream`);
      expect([response.status, await response.text()]).toEqual([204, '']);
    },
  );
});
