import { HuggingFaceGenerator } from '../../../src/huggingface/chat/generator.ts';
import { dialects, type Dialect } from '../../support/fakes/fake-chat-dialects.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { useCaller, useFakeHuggingFace } from '../../support/fakes/shared-fake.ts';

const ANSWER = 'According to the documents: Circuits open after five failures. [1].';
const MESSAGES = [
  { role: 'user' as const, content: '[1] Circuits open after five failures.\n\nQuestion: When?' },
];
const LIMITS = { firstTokenTimeoutMs: 10_000, idleTimeoutMs: 4_000 };

const server = useFakeHuggingFace();
const caller = useCaller();

async function generate() {
  const target = { kind: 'openai' as const, name: 'fake', url: server.url, model: 'm', apiKey: undefined };
  const tokens: string[] = [];
  const options = { signal: caller().signal, onToken: (text: string) => tokens.push(text) };
  const generator = new HuggingFaceGenerator(target, LIMITS, new FakeClock());
  const generation = await generator.generate({ messages: MESSAGES }, options);
  return { generation, shown: tokens.join('') };
}

const WITHOUT_ANSWER: readonly string[] = ['length', 'thoughts_only', 'content_filter', 'refusal'];
const complete = (Object.keys(dialects) as Dialect[]).filter((name) => !WITHOUT_ANSWER.includes(name));

it.each(complete)('the generator understands an answer in the dialect %s', async (dialect) => {
  server.fail('chat', { kind: 'dialect', dialect });
  const { generation, shown } = await generate();
  expect({ ...generation, text: generation.text.trim() }).toEqual({
    text: ANSWER,
    model: 'm',
    finishReason: 'stop',
  });
  // What was shown cannot be taken back when a thought had no mark at its beginning.
  expect(dialect === 'think_unopened' ? generation.text : shown).toBe(generation.text);
});

/** Plays a body as the answer to the next call. */
function play(body: string | object, contentType: string): void {
  server.fail(
    'chat',
    { kind: 'status', status: 200, body, headers: { 'content-type': contentType } },
    { times: 1 },
  );
}

const chunk = (content: unknown, finish_reason: unknown = null) =>
  JSON.stringify({ choices: [{ delta: { content }, finish_reason }] });

it.each<[string, string, string?]>([
  [
    'comments, other fields and spaces',
    `: hello\r\n\r\nid: 1\r\nretry: 5\r\ndata:${chunk('Yes.', 'stop')}\r\n\r\n`,
  ],
  ['line ends of old', `data: ${chunk('Yes.')}\r\rdata: ${chunk(null, 'stop')}\r\r`],
  ['a byte order mark', `\uFEFFdata: ${chunk('Yes.', 'stop')}\n\n`],
  [
    'an event over several lines',
    `data: {"choices":\ndata: [{"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\n`,
  ],
  ['no empty line at the end', `data: ${chunk('Yes.', 'stop')}`],
  ['no end but the finish reason', `data: ${chunk('Yes.', 'stop')}\n\n`],
  [
    'pings of any form',
    `data: null\n\ndata: "ping"\n\ndata: {"type":"ping"}\n\ndata: ${chunk('Yes.', 'stop')}\n\n`,
  ],
  ['a ping that is no JSON', `event: ping\ndata: ping\n\ndata: ${chunk('Yes.', 'stop')}\n\n`],
  [
    'an error without content',
    `data: {"error":{},"choices":[{"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\n`,
  ],
  ['a type that is none', `data: ${chunk('Yes.', 'stop')}\n\n`, 'application/json'],
  ['an empty finish reason', `data: ${chunk('Yes.', '')}\n\ndata: ${chunk('', 'stop')}\n\n`],
  [
    'several choices',
    `data: {"choices":[{"index":1,"delta":{"content":"No."}},{"index":0,"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\n`,
  ],
  [
    'the whole answer beside its parts',
    `data: {"choices":[{"delta":{"content":"Yes."},"message":{"content":"Yes."}}]}\n\ndata: {"choices":[{"delta":{"content":""},"message":{"content":"Yes."},"finish_reason":"stop"}]}\n\n`,
  ],
  [
    'text after a call without an answer',
    `data: {"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":[]}}]}\n\ndata: ${chunk('Yes.', 'stop')}\n\n`,
  ],
  [
    'an empty error',
    `data: {"error":null,"choices":[{"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\n`,
  ],
  [
    'one answer over several lines',
    JSON.stringify({ choices: [{ message: { content: 'Yes.' }, finish_reason: 'stop' }] }, null, 2),
    'text/plain',
  ],
  [
    'a chunk on each line',
    `${chunk('Ye')}\n${chunk('s.')}\n\n${chunk('', 'stop')}\n`,
    'application/x-ndjson',
  ],
  ['one answer on one line', `${chunk('Yes.', 'stop')}\r\n`, 'application/json'],
  [
    'the whole stream in one write',
    `data: ${chunk('Yes.')}\n\ndata: ${chunk('', 'stop')}\n\ndata: [DONE]\n\n`,
  ],
  ['the whole answer in one event', `data: ${chunk('Yes.', 'stop')}\n\n`],
  ['a last event in lower case', `data: ${chunk('Yes.', 'stop')}\n\ndata: [done]\n\n`],
  ['a finish reason that nobody knows', `data: ${chunk('Yes.', 'exhausted')}\n\ndata: [DONE]\n\n`],
  [
    'a word for each chunk that is no finish reason',
    `data: ${chunk('Ye', 'generating')}\n\ndata: ${chunk('s.', 'generating')}\n\ndata: ${chunk('', 'stop')}\n\n`,
  ],
  [
    'a mark behind a word for each chunk',
    `data: ${chunk('Yes.<|im', 'generating')}\n\ndata: ${chunk('_end|>', 'generating')}\n\ndata: [DONE]\n\n`,
  ],
  ['a part by itself', `data: ${chunk({ type: 'text', text: 'Yes.' }, 'stop')}\n\n`],
  ['the text of a completion', 'data: {"choices":[{"text":"Yes.","finish_reason":"stop"}]}\n\n'],
  ['a call of a tool behind the text', `data: ${chunk('Yes.', 'tool_calls')}\n\n`],
  [
    'a status beside every chunk',
    `data: {"base_resp":{"status_code":0,"status_msg":""},"choices":[{"delta":{"content":"Yes."},"finish_reason":"stop"}]}\n\n`,
  ],
  [
    'a mark at the end',
    `data: ${chunk('Yes.<|im')}\n\ndata: ${chunk('_end|>\n')}\n\ndata: ${chunk('', 'stop')}\n\n`,
  ],
  ['an answer in marks', `data: ${chunk('<think>Is it?</think>\n<answer>Yes.</answer>', 'stop')}\n\n`],
  [
    'one answer without a finish reason',
    JSON.stringify({ choices: [{ message: { content: [{ type: 'text', text: 'Yes.' }] } }] }),
  ],
])('the generator understands %s', async (_, body, type = 'text/event-stream') => {
  play(body, type);
  expect((await generate()).generation).toMatchObject({ text: 'Yes.', finishReason: 'stop' });
});

it('the generator joins a character that comes in two chunks, each with a word that nobody knows', async () => {
  const halves = ['Yes \ud83d', '\ude00.'].map((half) => `data: ${chunk(half, 'generating')}\n\n`);
  play(`${halves.join('')}data: [DONE]\n\n`, 'text/event-stream');
  expect((await generate()).generation.text).toBe('Yes \ud83d\ude00.');
});

it.each<[string, string, object]>([
  ['a page', '<html>Log in</html>', { defect: 'page' }],
  ['an error as the whole answer', '{"error":{"message":"no","code":500}}', { defect: 'error_event' }],
  [
    'an error by the name of its event',
    'event: error\ndata: {"message":"no"}\n\n',
    { defect: 'error_event' },
  ],
  ['an end that is an error', `data: ${chunk('Yes', 'error')}\n\n`, { defect: 'error_event' }],
  ['an event that is too long', `data: ${chunk('x'.repeat(1_100_000), 'stop')}\n\n`, { defect: 'too_large' }],
  [
    'an event of too many levels',
    `data: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n\n`,
    { defect: 'malformed' },
  ],
  ['an event of too many lines', 'data: 0123456789\n'.repeat(110_000), { defect: 'too_large' }],
  ['a filter behind some text', `data: ${chunk('Yes', 'content_filter')}\n\n`, { reason: 'content_filter' }],
  ['a filter as an error', 'data: {"error":{"code":"content_filter"}}\n\n', { reason: 'content_filter' }],
  [
    'a limit of calls as an error',
    'data: {"error":{"message":"Rate limit reached","code":429}}\n\n',
    { status: 429 },
  ],
  [
    'a context that is too short as an error',
    'event: error\ndata: {"error":{"message":"`inputs` must have less than 1024 tokens. Given: 1055","http_status_code":422}}\n\n',
    { status: 422, defect: 'context_too_long' },
  ],
  [
    'a parameter that is refused as an error',
    '{"error":{"message":"Unsupported parameter: \'top_p\'","type":"invalid_request_error","param":"top_p"}}',
    { status: 400, defect: 'top_p' },
  ],
  ['a call of a tool alone', `data: ${chunk(null, 'tool_calls')}\n\n`, { reason: 'tool_call' }],
  [
    'a call of a tool by another finish reason',
    'data: {"choices":[{"delta":{"content":null,"tool_calls":[{"index":0}]},"finish_reason":"stop"}]}\n\n',
    { reason: 'tool_call' },
  ],
  [
    'thoughts alone',
    'data: {"choices":[{"delta":{"content":"","reasoning_content":"Hm."},"finish_reason":"stop"}]}\n\n',
    { reason: 'thoughts' },
  ],
  ['thoughts without an end', `data: ${chunk('<think>The user asks.', 'stop')}\n\n`, { reason: 'thoughts' }],
  ['thoughts in their block', `data: ${chunk('<think>Hm.</think>', 'stop')}\n\n`, { reason: 'thoughts' }],
  ['no text but an end', `data: ${chunk('', 'stop')}\n\n`, { defect: 'empty' }],
  [
    "MiniMax's filter",
    '{"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"},"choices":null}',
    { reason: 'content_filter' },
  ],
  [
    "MiniMax's error",
    '{"base_resp":{"status_code":1013,"status_msg":"internal"}}',
    { defect: 'error_event' },
  ],
  ['no text at all', '', { defect: 'unfinished' }],
])('the generator fails with %s', async (_, body, error) => {
  play(body, 'text/event-stream');
  await expect(generate()).rejects.toMatchObject(error);
});
