import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { openAiClient, errorOf } from '../../support/protocols/openai-client.ts';
import { startService, type Service } from '../../support/service/service.ts';

const USER = { role: 'user' as const, content: 'When does the circuit open?' };

describe('a wrong request to the API of OpenAI', () => {
  let service: Service;
  let client: OpenAI;

  beforeAll(async () => {
    service = await startService();
    client = openAiClient(service);
  });

  afterAll(() => service.close());

  it.each<[string, object, string]>([
    ['no messages', { messages: undefined }, 'messages'],
    ['an empty list of messages', { messages: [] }, 'messages'],
    [
      'an answer as the last message',
      { messages: [USER, { role: 'assistant', content: 'In May.' }] },
      'messages.1.role',
    ],
    ['an unknown role', { messages: [{ role: 'wizard', content: 'x' }] }, 'messages.0.role'],
    ['an empty question', { messages: [{ ...USER, content: ' ' }] }, 'messages.0.content'],
    ['no content', { messages: [{ role: 'user' }] }, 'messages.0.content'],
    [
      'a question of 4,001 characters',
      { messages: [{ ...USER, content: 'x'.repeat(4_001) }] },
      'messages.0.content',
    ],
    ['an empty part', { messages: [{ ...USER, content: [{}] }] }, 'messages.0.content'],
    [
      'a picture',
      { messages: [USER, { ...USER, content: [{ type: 'image_url', image_url: { url: 'https://a/b' } }] }] },
      'messages.1.content',
    ],
    ['a NUL character', { messages: [{ ...USER, content: 'a\0' }] }, 'messages.0.content'],
    ['two answers', { n: 2 }, 'n'],
    ['log probabilities', { logprobs: true }, 'logprobs'],
    ['top log probabilities', { top_logprobs: 3 }, 'top_logprobs'],
    ['a required tool', { tool_choice: 'required' }, 'tool_choice'],
    ['a named tool', { tool_choice: { type: 'function', function: { name: 'f' } } }, 'tool_choice'],
    ['JSON as the format', { response_format: { type: 'json_object' } }, 'response_format'],
    [
      'a schema as the format',
      { response_format: { type: 'json_schema', json_schema: {} } },
      'response_format',
    ],
    ['sound', { modalities: ['text', 'audio'] }, 'modalities'],
    ['a completion to be stored', { store: true }, 'store'],
    ['a temperature above 2', { temperature: 2.1 }, 'temperature'],
    ['a text as temperature', { temperature: 'hot' }, 'temperature'],
    ['a negative top_p', { top_p: -0.1 }, 'top_p'],
    ['no tokens', { max_tokens: 0 }, 'max_tokens'],
    ['half a token', { max_completion_tokens: 1.5 }, 'max_completion_tokens'],
    ['five stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
    ['an empty stop', { stop: '' }, 'stop'],
    ['a text as seed', { seed: 'a' }, 'seed'],
    ['a text as stream', { stream: 'yes' }, 'stream'],
    ['an unknown option of failsoft', { failsoft: { citations: 'markdown' } }, 'failsoft'],
    ['no passages', { failsoft: { top_k: 0 } }, 'failsoft.top_k'],
  ])('is a BadRequestError that names the field: %s', async (_, change, param) => {
    const request = { model: 'failsoft', messages: [USER], ...change };
    const error = await errorOf(client.chat.completions.create(request));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param,
      type: 'invalid_request_error',
    });
    expect(error.error).toEqual({
      message: expect.stringContaining(param),
      type: 'invalid_request_error',
      param,
      code: 'invalid_request',
    });
  });

  it('is a NotFoundError for an unknown model', async () => {
    const calls = [
      client.chat.completions.create({ model: 'gpt-5', messages: [USER] }),
      client.chat.completions.create({ model: 'constructor', messages: [USER], stream: true }),
      client.models.retrieve('gpt-5'),
      client.embeddings.create({ model: 'gpt-5', input: 'a' }),
    ];
    for (const error of await Promise.all(calls.map(errorOf))) {
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    }
  });

  it.each<[string, string, string, string | undefined, string, number, string]>([
    ['an unknown route', 'GET', '/v1/files', undefined, '', 404, 'not_found'],
    ['the path itself', 'GET', '/v1', undefined, '', 404, 'not_found'],
    ['an unknown method', 'DELETE', '/v1/models/failsoft', undefined, '', 404, 'not_found'],
    ['a path that is not decodable', 'GET', '/v1/models/%E0%A4%A', undefined, '', 400, 'invalid_request'],
    ['plain text', 'POST', '/v1/chat/completions', 'text/plain', 'Why?', 415, 'unsupported_media_type'],
    ['broken JSON', 'POST', '/v1/chat/completions', 'application/json', '{"model":', 400, 'invalid_request'],
    ['a list', 'POST', '/v1/embeddings', 'application/json', '[]', 400, 'invalid_request'],
    [
      'a body of 5 MB',
      'POST',
      '/v1/chat/completions',
      'application/json',
      JSON.stringify({ model: 'failsoft', messages: [{ ...USER, content: 'x'.repeat(5_000_000) }] }),
      413,
      'payload_too_large',
    ],
    [
      'an input of 61,000 tokens',
      'POST',
      '/v1/embeddings',
      'application/json',
      JSON.stringify({ model: 'failsoft', input: Array.from({ length: 61_000 }, () => 1) }),
      413,
      'payload_too_large',
    ],
  ])('has the error of OpenAI for %s', async (_, method, path, type, body, status, code) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const reply = await service.request(method, path, body === '' ? undefined : body, { headers });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(reply.headers.get('x-should-retry')).toBeNull();
    expect(reply.body).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
    });
  });

  it('has the usual error outside of /v1', async () => {
    const { body } = await service.request('GET', '/v10/models');
    expect(body).toMatchObject({ error: 'not_found' });
  });
});
