import type { ChatCompletionChunk } from 'openai/resources/chat';
import { PROMPT_TOKENS } from '../../support/fakes/fake-hugging-face-replies.ts';
import { openAiClient, streamModel, type FailsoftFields } from '../../support/protocols/openai-client.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';

let asked = 2_000;
const question = () => circuitQuestion(asked++);

describeScenario('a streamed chat completion', {}, (scenario) => {
  const client = () => openAiClient(scenario.service);

  it('has a first chunk with the role and the sources, the text in parts, and a last chunk with all the rest', async () => {
    const { chunks, headers, text } = await streamModel(client(), question(), {
      stream_options: { include_usage: true },
    });
    const [first, ...others] = chunks;
    const [usage, last, ...parts] = others.toReversed();
    const id = `chatcmpl-${headers.get('x-request-id')}`;
    for (const chunk of chunks)
      expect(chunk).toMatchObject({ id, object: 'chat.completion.chunk', created: first?.created });
    expect(first?.choices).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
    ]);
    expect(first?.failsoft.sources[0]).toMatchObject({ number: 1, document_id: 'circuits' });
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts)
      expect(part.choices).toEqual([
        { index: 0, delta: { content: expect.any(String) }, logprobs: null, finish_reason: null },
      ]);
    expect(text).toMatch(/^According to the documents: .* \[1\]\.$/);
    const start_index = text.indexOf('[1]');
    const url = first?.citations[0];
    expect(url).toBe(`${scenario.service.url}/passages/${first?.failsoft.sources[0]?.chunk_id}`);
    expect(last?.choices).toEqual([
      {
        index: 0,
        delta: {
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
    ]);
    expect(last).toMatchObject({ model: 'fake-chat', citations: first?.citations, usage: null });
    expect(last?.failsoft).toEqual(
      metadata({ condensed: { by: 'none', question: expect.any(String) }, sources: first?.failsoft.sources }),
    );
    expect(usage).toMatchObject({ choices: [], model: 'fake-chat' });
    expect(usage?.usage).toEqual({
      prompt_tokens: PROMPT_TOKENS,
      completion_tokens: text.split(' ').length,
      total_tokens: PROMPT_TOKENS + text.split(' ').length,
    });
    expect(headers.get('link')).toContain(`<${url}>; rel="related"`);
    expect(headers.get('x-accel-buffering')).toBe('no');
  });

  it('has no usage unless it is asked for, and ends with [DONE]', async () => {
    const response = await fetch(`${scenario.service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'failsoft',
        stream: true,
        messages: [{ role: 'user', content: question() }],
      }),
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const frames = (await response.text()).split('\n\n').filter((frame) => !frame.startsWith(':'));
    expect(frames.slice(-2)).toEqual(['data: [DONE]', '']);
    expect(frames.slice(0, -2).every((frame) => frame.startsWith('data: {'))).toBe(true);
    expect(frames.join('')).not.toContain('"usage"');
  });

  it('is put together by the client to the completion that is not streamed', async () => {
    const text = question();
    const stream = client().chat.completions.stream({
      model: 'failsoft',
      messages: [{ role: 'user', content: text }],
    });
    const streamed = await stream.finalChatCompletion();
    const whole = await client().chat.completions.create({
      model: 'failsoft',
      messages: [{ role: 'user', content: text }],
    });
    const [choice] = streamed.choices;
    expect(choice?.message.content).toBe(whole.choices[0]?.message.content);
    expect(choice?.finish_reason).toBe('stop');
    expect(choice?.message.annotations).toEqual(whole.choices[0]?.message.annotations);
  });

  it('has its text in one part as the model failsoft/whole, and from the cache', async () => {
    const text = question();
    for (const fromCache of [false, true]) {
      const { chunks, text: streamed } = await streamModel(client(), text, { model: 'failsoft/whole' });
      expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual(['', streamed, undefined]);
      expect(chunks.at(-1)?.failsoft.from_cache).toBe(fromCache);
    }
  });

  it('lists its sources behind the text on request, without a change of the places of citations', async () => {
    const { chunks, text } = await streamModel(client(), question(), {
      failsoft: { sources: 'markdown', top_k: 1 },
    });
    expect(text).toMatch(/ \[1\]\.\n\nSources:\n\n1\. \[Circuit breakers\]\(http:\/\/\S+\/passages\/\d+\)$/);
    expect(chunks.at(-1)?.choices[0]?.delta).toMatchObject({ annotations: [{}] });
  });

  it('ends the call to the model when its reader leaves', async () => {
    const { fake } = scenario;
    fake.fail('chat', { kind: 'stall', parts: 3 }, { times: 1 });
    const stream = await client().chat.completions.create({
      model: 'failsoft',
      stream: true,
      messages: [{ role: 'user', content: question() }],
    });
    for await (const chunk of stream as AsyncIterable<ChatCompletionChunk & FailsoftFields>)
      if (chunk.choices[0]?.delta.content) break;
    await fake.allClosed();
    await scenario.settled();
    expect(fake.openSockets).toBe(0);
  });
});
