import { createOpenAICompatible, type MetadataExtractor } from '@ai-sdk/openai-compatible';
import { embedMany, generateText, streamText, tool } from 'ai';
import { z } from 'zod';
import { PROMPT_TOKENS } from '../../support/fakes/fake-hugging-face-replies.ts';
import type { FailsoftFields } from '../../support/protocols/openai-client.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';

/** What a frontend takes from the response beside the text. */
const takeSources = (body: unknown) => ({
  failsoft: { citations: (body as Partial<FailsoftFields> | undefined)?.citations ?? [] },
});
const metadataExtractor: MetadataExtractor = {
  extractMetadata: async ({ parsedBody }) => takeSources(parsedBody),
  createStreamExtractor() {
    let last: unknown;
    return {
      processChunk(chunk) {
        if ((chunk as Partial<FailsoftFields>).citations) last = chunk;
      },
      buildMetadata: () => takeSources(last),
    };
  },
};

describeScenario('the provider @ai-sdk/openai-compatible', {}, (scenario) => {
  const provider = () =>
    createOpenAICompatible({
      name: 'failsoft',
      baseURL: `${scenario.service.url}/v1`,
      includeUsage: true,
      metadataExtractor,
    });

  it('reads text, usage, finish reason and sources', async () => {
    const { text, usage, finishReason, providerMetadata, response } = await generateText({
      model: provider()('failsoft'),
      instructions: 'Be brief.',
      prompt: circuitQuestion(1),
      temperature: 0.5,
      providerOptions: { failsoft: { failsoft: { top_k: 2 } } },
      tools: { search: tool({ inputSchema: z.object({}), execute: () => 'nothing' }) },
    });
    expect(text).toMatch(/^According to the documents: /);
    expect(usage).toMatchObject({ inputTokens: PROMPT_TOKENS });
    expect(finishReason).toBe('stop');
    expect(response.modelId).toBe('fake-chat');
    expect(providerMetadata?.['failsoft']?.['citations']).toEqual([
      expect.stringMatching(/\/passages\/\d+$/),
    ]);
    expect(scenario.fake.recorded('chat').at(-1)?.body).toMatchObject({ temperature: 0.5 });
  });

  it.each(['failsoft', 'failsoft/whole'])('reads a stream of %s with its sources', async (name) => {
    const result = streamText({ model: provider()(name), prompt: circuitQuestion(2) });
    const parts: string[] = [];
    for await (const part of result.textStream) parts.push(part);
    expect(parts.join('')).toMatch(/^According to the documents: .* \[1\]\.$/);
    expect(await result.finishReason).toBe('stop');
    const { failsoft } = (await result.providerMetadata) ?? {};
    expect(failsoft?.['citations']).toEqual([expect.stringMatching(/\/passages\/\d+$/)]);
  });

  it('reads the usage of a stream', async () => {
    const result = streamText({ model: provider()('failsoft'), prompt: circuitQuestion(3) });
    await result.consumeStream();
    expect(await result.usage).toMatchObject({ inputTokens: PROMPT_TOKENS });
  });

  it('reads a break midway as an error, and not as a whole answer', async () => {
    scenario.fake.fail('chat', { kind: 'cut', parts: 3 }, { times: 1 });
    const errors: unknown[] = [];
    const result = streamText({
      model: provider()('failsoft'),
      prompt: circuitQuestion(4),
      onError: ({ error }) => void errors.push(error),
    });
    await result.consumeStream();
    expect(errors).toEqual([expect.objectContaining({ code: 'answer_interrupted' })]);
    expect(await result.finishReason).toBe('error');
  });

  it('reads embeddings', async () => {
    const model = provider().embeddingModel('failsoft');
    const { embeddings, usage } = await embedMany({ model, values: ['Green tea', 'Black tea'] });
    expect(embeddings.map(({ length }) => length)).toEqual([512, 512]);
    expect(usage.tokens).toBeGreaterThan(1);
  });
});
