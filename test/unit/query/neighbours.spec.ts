import { joinNeighbours } from '../../../src/query/generation/neighbours.ts';
import { buildPrompt } from '../../../src/query/generation/prompt.ts';
import { buildContext } from '../../../src/query/retrieval/context.ts';
import { passage } from '../../support/postgres/passages.ts';

const limits = { maxPassages: 6, maxTokens: 3_000 };
/** The context of passages, best first, each given by its document and its place in it. */
const contextOf = (...places: [document: string, ordinal: number][]) =>
  buildContext(
    places.map(([document_id, ordinal]) => passage(`${document_id}${ordinal}`, { document_id, ordinal })),
    limits,
  );
const show = (context: ReturnType<typeof joinNeighbours>) =>
  context.map(({ number, chunk_id: id }) => `${number} ${id}`);

describe('the passages of a prompt', () => {
  it('stand next to each other in the order of the document where they follow each other', () => {
    const context = contextOf(['a', 5], ['b', 0], ['a', 4], ['b', 2], ['a', 6]);
    expect(show(joinNeighbours(context))).toEqual(['1 a4', '2 a5', '3 a6', '4 b0', '5 b2']);
  });

  it('keep the order of the search where none follows another', () => {
    const context = contextOf(['a', 5], ['b', 6], ['a', 3], ['c', 0]);
    expect(joinNeighbours(context)).toEqual(context);
  });

  it('are given best first to a generator that quotes', () => {
    const context = joinNeighbours(
      [
        passage('a1', { document_id: 'a', ordinal: 1, score: 0.9 }),
        passage('a0', { document_id: 'a', score: 0.2 }),
      ].map((one, at) => ({ ...one, number: at + 1 })),
    );
    expect(show(context)).toEqual(['1 a0', '2 a1']);
    expect(buildPrompt({ text: 'question' }, context).passages.map(({ number }) => number)).toEqual([2, 1]);
  });

  it('say which passage they continue', () => {
    const context = joinNeighbours(contextOf(['a', 1], ['b', 1], ['a', 0]));
    const { content } = buildPrompt({ text: 'question' }, context).messages[1] ?? {};
    expect(content?.match(/^\[.*$/gm)).toEqual(['[1]', '[2] (continues [1])', '[3]']);
  });
});
