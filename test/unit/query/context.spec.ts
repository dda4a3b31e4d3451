import { buildContext } from '../../../src/query/retrieval/context.ts';
import { toSources } from '../../../src/query/generation/sources.ts';
import { buildPrompt } from '../../../src/query/generation/prompt.ts';
import { passage } from '../../support/postgres/passages.ts';

describe('the context', () => {
  it('takes the best passages that fit the budget and numbers them from 1', () => {
    const passages = [
      passage('a', { tokens: 60 }),
      passage('b', { tokens: 60 }),
      passage('c', { tokens: 30 }),
      passage('d', { tokens: 10 }),
    ];
    const context = buildContext(passages, { maxPassages: 3, maxTokens: 100 });
    expect(context.map(({ number, chunk_id }) => [number, chunk_id])).toEqual([
      [1, 'a'],
      [2, 'c'],
      [3, 'd'],
    ]);
  });

  it('is empty when nothing fits', () => {
    expect(buildContext([passage('a', { tokens: 200 })], { maxPassages: 3, maxTokens: 100 })).toEqual([]);
  });

  it('shows the part of each passage that matches the question', () => {
    const text = `${'Nothing of interest stands here. '.repeat(20)}The fuse opens after five failures.`;
    const [source] = toSources(
      'When does the fuse open?',
      buildContext([passage('a', { text })], limits),
      300,
    );
    expect(source?.excerpt).toContain('The fuse opens after five failures.');
    expect(source?.excerpt.length).toBeLessThanOrEqual(200);
  });

  it('gives the model numbered passages as data', () => {
    const context = buildContext(
      [passage('a', { title: 'Guide', heading: 'Guards', text: 'Be safe.' })],
      limits,
    );
    const { messages, passages } = buildPrompt({ text: 'Why?' }, context);
    expect(messages.at(-1)).toEqual({
      role: 'user',
      content: 'Passages:\n\n[1] Guide > Guards\nBe safe.\n\nQuestion: Why?',
    });
    expect(passages).toEqual([{ number: 1, title: 'Guide', text: 'Be safe.' }]);
  });
});

const limits = { maxPassages: 6, maxTokens: 3_000 };
