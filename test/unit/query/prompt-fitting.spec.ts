import { countTokens } from '../../../src/text/tokens.ts';
import { buildContext } from '../../../src/query/retrieval/context.ts';
import { fitPrompt } from '../../../src/query/generation/prompt-fitting.ts';
import { passage } from '../../support/postgres/passages.ts';

const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
const texts = [words(100), words(400), words(50), words(20)];
const passages = texts.map((text, index) => passage(`p${index}`, { text, tokens: countTokens(text) }));
const context = buildContext(passages, { maxPassages: 6, maxTokens: 3_000 });
const question = { text: 'What is word7?' };
const sizeOf = (prompt: { messages: { content: string }[] }) =>
  prompt.messages.reduce((sum, { content }) => sum + countTokens(content), 0);

describe('the prompt for a target', () => {
  it('has every passage when the target declares no limit', () => {
    expect(fitPrompt(question, context, undefined)?.context).toEqual(context);
  });

  it('has the best passages that fit, renumbered', () => {
    const prompt = fitPrompt(question, context, 700);
    expect(prompt?.context.map(({ chunk_id, number }) => [chunk_id, number])).toEqual([
      ['p0', 1],
      ['p2', 2],
      ['p3', 3],
    ]);
    expect(prompt?.passages.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(prompt?.messages[1]?.content).not.toContain('word399');
  });

  it('has the beginning of the best passage when no whole passage fits', () => {
    const large = buildContext(
      [passage('p', { text: texts[1] ?? '', tokens: countTokens(texts[1] ?? '') })],
      {
        maxPassages: 1,
        maxTokens: 3_000,
      },
    );
    const prompt = fitPrompt(question, large, 400);
    expect(prompt?.context[0]?.text).toMatch(/^word0 word1 .* word\d+$/);
    expect(texts[1]).toContain(`${prompt?.context[0]?.text} `);
    expect(prompt && sizeOf(prompt)).toBeGreaterThan(250);
    expect(prompt && sizeOf(prompt)).toBeLessThanOrEqual(320);
  });

  it('splits no character where there is no space to cut at', () => {
    const text = `x${'😀'.repeat(2_000)}`;
    const large = [{ ...passage('p', { text, tokens: countTokens(text) }), number: 1 }];
    for (let promptTokens = 300; promptTokens < 400; promptTokens += 7) {
      const cut = fitPrompt(question, large, promptTokens)?.context[0]?.text ?? '';
      expect([cut.length > 0, cut.isWellFormed()]).toEqual([true, true]);
    }
  });

  it("is never larger than the target's limit, however small the limit", () => {
    let least = context.length;
    for (let promptTokens = 4_000; promptTokens > 0; promptTokens -= 7) {
      const prompt = fitPrompt(question, context, promptTokens);
      if (!prompt) {
        least = 0;
        continue;
      }
      expect(least).toBeGreaterThan(0);
      expect(sizeOf(prompt)).toBeLessThanOrEqual(promptTokens * 0.8);
    }
    expect(least).toBe(0);
  });

  it('has the newest turns that fit a quarter of it, and asks as it was asked', () => {
    const history = [10, 300, 100].map((count, index) => ({
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: words(count),
    }));
    const followUp = { ...question, conversation: { asked: 'And that?', history } };
    const turnsFor = (promptTokens?: number) =>
      fitPrompt(followUp, context, promptTokens)
        ?.messages.slice(1, -1)
        .map(({ content }) => content.split(' ').length);
    // Where the user's turn has no answer, an empty one follows.
    expect(turnsFor()).toEqual([10, 300, 100, 1]);
    expect(turnsFor(1_800)).toEqual([100, 1]);
    expect(turnsFor(700)).toEqual([]);
    const asked = (promptTokens?: number) =>
      fitPrompt(followUp, context, promptTokens)?.messages.at(-1)?.content.split('\n').at(-1);
    expect(asked()).toBe('Question: And that?');
    expect(asked(700)).toBe('Question: What is word7?');
    expect(fitPrompt(followUp, context, 700)?.question).toBe('What is word7?');
  });

  it('is undefined when no passage fits beside the question', () => {
    expect(fitPrompt(question, context, 120)).toBeUndefined();
    expect(fitPrompt({ text: words(3_000) }, context, 4_000)).toBeUndefined();
  });
});
