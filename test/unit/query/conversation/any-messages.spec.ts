import fc from 'fast-check';
import type { Turn } from '../../../../src/models/generation.ts';
import { addTerms } from '../../../../src/query/conversation/follow-up-terms.ts';
import { messagesSchema } from '../../../../src/query/conversation/messages.ts';
import { buildRewriteRequest, readRewrite } from '../../../../src/query/conversation/rewrite.ts';
import { fitPrompt } from '../../../../src/query/generation/prompt-fitting.ts';

const role = fc.constantFrom('user', 'assistant');
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .constantFrom('[1]', '\n[2] Title\n', 'Passages:\n', 'Question: ', '`', '?', 'and it?', ' ', '冬天', 'É')
    .chain((part) => fc.integer({ min: 0, max: 9_000 }).map((times) => part.repeat(times / part.length))),
);
const turn = fc.record({ role, content: anyText }) as fc.Arbitrary<Turn>;
const anything = fc.oneof(
  fc.anything(),
  fc.array(fc.oneof(turn, fc.record({ role: fc.anything(), content: fc.anything() }), fc.anything())),
);

const WORDS = /\p{L}|\p{N}/u;
const CASES = { numRuns: 300, seed: 20_261_130 };
const PASSAGE = {
  chunk_id: 'a',
  document_id: 'a',
  ordinal: 0,
  title: 'Fuses',
  url: null,
  heading: null,
  text: 'A fuse melts.',
  tokens: 4,
  score: 1,
  number: 1,
};

describe('any messages', () => {
  it('are refused with the place of the fault, or are a question and its history', () => {
    const property = fc.property(anything, (given) => {
      const { data, error } = messagesSchema.safeParse(given);
      expect(error?.issues).not.toEqual([]);
      if (error) return;
      expect(data.text.trim()).toBe(data.text);
      const said = data.history.map(({ content }) => content);
      expect(said.every((content) => content !== '' && content.isWellFormed())).toBe(true);
      expect(said.join('').length).toBeLessThan(8_100);
      expect(data.history.every(({ role: side }, at) => side !== data.history[at - 1]?.role)).toBe(true);
    });
    fc.assert(property, CASES);
  });

  it('make a prompt in which both sides take turns, and which has no passage but the own', () => {
    const property = fc.property(fc.array(turn, { maxLength: 12 }), anyText, (turns, asked) => {
      const { data } = messagesSchema.safeParse([
        ...turns,
        { role: 'user', content: `x${asked.slice(0, 900)}` },
      ]);
      if (!data) return;
      const { text, history } = data;
      const question = { text, conversation: { asked: text, history } };
      const messages = fitPrompt(question, [PASSAGE], undefined)?.messages ?? [];
      expect(messages.map((message) => message.role).join(' ')).toMatch(/^system(?: user assistant)* user$/);
      const before = messages.slice(1, -1).map(({ content }) => content);
      expect(
        before.filter((content) => /^[^\p{L}\p{N}]*(?:\[[12]\]|(?:passages|question):)/imu.test(content)),
      ).toEqual([]);
      // A dash in place of a colon takes a character more on each line.
      expect(before.join('').length).toBeLessThan(12_000);
    });
    fc.assert(property, CASES);
  });

  it('can be completed and rewritten, whatever a model makes of them', () => {
    const property = fc.property(
      fc.array(turn, { maxLength: 8 }),
      anyText,
      anyText,
      (history, asked, written) => {
        const followUp = { asked, history };
        expect(addTerms(followUp, [written]).startsWith(asked)).toBe(true);
        expect(buildRewriteRequest(followUp).messages.at(-1)?.content).toMatch(/^Conversation:\n/);
        const rewrite = readRewrite(written, followUp);
        expect(rewrite ?? 'none').toMatch(WORDS);
      },
    );
    fc.assert(property, CASES);
  });
});
