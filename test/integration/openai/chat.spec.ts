import { askModel, openAiClient } from '../../support/protocols/openai-client.ts';
import { PROMPT_TOKENS } from '../../support/fakes/fake-hugging-face-replies.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';

const WALL = /^[0-9]{10}$/;
let asked = 1_000;
const question = () => circuitQuestion(asked++);

describeScenario('a chat completion', {}, (scenario) => {
  const ask = (...[text, more]: [string, Parameters<typeof askModel>[2]?]) =>
    askModel(openAiClient(scenario.service), text, more);

  it('is the answer of the question service with its sources', async () => {
    const asking = question();
    const { completion, headers } = await ask(asking);
    const [circuits] = completion.failsoft.sources;
    const url = `${scenario.service.url}/passages/${circuits?.chunk_id}`;
    const content = completion.choices[0]?.message.content ?? '';
    expect(content).toMatch(/^According to the documents: .* \[1\]\.$/);
    const start_index = content.indexOf('[1]');
    expect(completion).toEqual({
      id: `chatcmpl-${headers.get('x-request-id')}`,
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'fake-chat',
      system_fingerprint: expect.stringMatching(/^failsoft-\d+\.\d+\.\d+/),
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content,
            refusal: null,
            annotations: [
              {
                type: 'url_citation',
                url_citation: { start_index, end_index: start_index + 3, url, title: 'Circuit breakers' },
              },
            ],
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: PROMPT_TOKENS,
        completion_tokens: content.split(' ').length,
        total_tokens: PROMPT_TOKENS + content.split(' ').length,
      },
      citations: completion.failsoft.sources.map((source) => source.url),
      failsoft: metadata({ sources: expect.any(Array), condensed: { by: 'none', question: asking } }),
    });
    expect(String(completion.created)).toMatch(WALL);
    const pages = await Promise.all(
      completion.citations.map(async (address) => (await fetch(address)).status),
    );
    expect(new Set(pages)).toEqual(new Set([200]));
    expect(circuits).toMatchObject({ number: 1, document_id: 'circuits', url });
    expect(headers.get('link')).toContain(`<${url}>; rel="related"`);
    expect(headers.get('cache-status')).toBe('failsoft; fwd=miss; stored');
  });

  it('cites a document by its own address', async () => {
    const url = 'https://example.com/a (b)?c,d';
    await scenario.service.ingest([{ id: 'owned', title: 'A [b]', url, text: 'Zebras sleep at noon.' }]);
    const { completion, headers } = await ask('When do zebras sleep?', { failsoft: { sources: 'markdown' } });
    const [choice] = completion.choices;
    expect(choice?.message.annotations?.[0]?.url_citation).toMatchObject({ url, title: 'A [b]' });
    expect(choice?.message.content).toMatch(
      /\n\nSources:\n\n1\. \[A \\\[b\\\]\]\(https:\/\/example\.com\/a%20%28b%29\?c,d\)/,
    );
    expect(completion.citations[0]).toBe(url);
    expect(headers.get('link')).toMatch(/^<https:\/\/example\.com\/a%20\(b\)\?c,d>; rel="related"/);
  });

  it('comes from the cache that POST /query fills, and its usage is then counted', async () => {
    const text = question();
    const { body } = await scenario.service.query(text);
    const { completion, headers } = await ask(text);
    expect(completion.choices[0]?.message.content).toBe(body.answer);
    expect(completion.failsoft.from_cache).toBe(true);
    expect(headers.get('cache-status')).toBe('failsoft; hit');
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = completion.usage ?? {};
    expect(prompt_tokens).toBeGreaterThan(5);
    expect(completion_tokens).toBeGreaterThan(10);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
  });

  it('has the sampling that was asked for, and shares no answer with another', async () => {
    const { fake, service } = scenario;
    const text = question();
    const sampling = { temperature: 0, top_p: 0.5, stop: 'END', seed: 7 };
    const from = fake.count('chat');
    await service.query(text);
    for (const more of [sampling, sampling, { max_tokens: 5 }, { max_completion_tokens: 5 }])
      await ask(text, { ...more });
    const bodies = fake
      .recorded('chat')
      .slice(from)
      .map(({ body }) => body);
    expect(bodies).toHaveLength(3);
    expect(bodies[1]).toMatchObject({ ...sampling, stop: ['END'], max_tokens: 2_048 });
    expect(bodies[2]).toMatchObject({ temperature: 0.2, max_tokens: 5 });
    expect(bodies[2]).not.toHaveProperty('top_p');
  });

  it('is answered from the passages that its filter lets through', async () => {
    const { completion } = await ask(question(), { failsoft: { top_k: 1, filter: { team: 'unknown' } } });
    expect(completion.failsoft).toMatchObject({ no_context: true, sources: [] });
    expect(completion.citations).toEqual([]);
    expect(completion.choices[0]?.message.annotations).toEqual([]);
  });

  it('takes parts of text, and says what it ignores', async () => {
    const { headers, completion } = await ask('', {
      messages: [
        { role: 'system', content: 'Answer like a pirate.' },
        { role: 'user', content: [{ type: 'text', text: question() }] },
      ],
      tools: [{ type: 'function', function: { name: 'search' } }],
      tool_choice: 'auto',
      frequency_penalty: 1,
      n: 1,
      store: false,
      user: 'somebody',
      temperature: null,
    });
    expect(headers.get('x-failsoft-ignored')).toBe('system, tools, frequency_penalty');
    expect(completion.failsoft.from_fallback).toBe(false);
    expect(JSON.stringify(scenario.fake.recorded('chat').at(-1)?.body)).not.toContain('pirate');
  });

  it('follows the messages before it', async () => {
    const { completion } = await ask('', {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: question() },
        { role: 'assistant', content: 'After five failures [1].' },
        { role: 'tool', content: 'nothing', tool_call_id: '1' },
        { role: 'user', content: 'And how many trials does it let through?' },
      ],
    });
    expect(completion.failsoft.condensed?.by).toMatch(/^(?:rule|model)$/);
    expect(scenario.fake.recorded('chat').at(-1)?.body['messages']).toMatchObject([
      { role: 'system' },
      { role: 'user' },
      { role: 'assistant', content: 'After five failures.' },
      { role: 'user', content: expect.stringContaining('And how many trials') },
    ]);
  });

  it('may follow a megabyte of messages, of which the newest count', async () => {
    const turns = Array.from({ length: 200 }, (_, at) => ({
      role: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: `Turn ${at}: ${'x'.repeat(6_000)}`,
    }));
    const { completion } = await ask('', { messages: [...turns, { role: 'user', content: question() }] });
    expect(completion.failsoft.from_fallback).toBe(false);
    const sent = JSON.stringify(scenario.fake.recorded('chat').at(-1)?.body);
    expect(sent).toContain('Turn 199');
    expect(sent.length).toBeLessThan(50_000);
  });

  it('is made anew for Cache-Control: no-cache', async () => {
    const text = question();
    await ask(text);
    const { completion } = await askModel(
      openAiClient(scenario.service),
      text,
      {},
      { 'cache-control': 'no-cache' },
    );
    expect(completion.failsoft.from_cache).toBe(false);
  });

  it('ends with length where the limit of tokens cut it off', async () => {
    scenario.fake.fail('chat', { kind: 'dialect', dialect: 'length' }, { times: 1 });
    const { completion } = await ask(question());
    expect(completion.choices[0]?.finish_reason).toBe('length');
  });
});

describeScenario(
  'a chat completion with PUBLIC_URL',
  { PUBLIC_URL: 'https://docs.example.com/ask/' },
  (scenario) => {
    it('has the addresses of passages below it', async () => {
      const { completion } = await askModel(openAiClient(scenario.service), question());
      expect(completion.citations[0]).toMatch(/^https:\/\/docs\.example\.com\/ask\/passages\/\d+$/);
    });
  },
);
