import { diffChunks, type NewChunk } from '../../../src/postgres/corpus/chunk-diff.ts';

const chunk = (ordinal: number, contentHash: string): NewChunk => ({
  ordinal,
  heading: null,
  text: contentHash,
  tokens: 1,
  contentHash,
});

describe('the difference between stored and new chunks', () => {
  it('keeps equal chunks wherever they stand, and removes the others', () => {
    const stored = [
      { id: '1', content_hash: 'a' },
      { id: '2', content_hash: 'b' },
      { id: '3', content_hash: 'c' },
    ];
    expect(diffChunks(stored, [chunk(0, 'c'), chunk(1, 'new'), chunk(2, 'a')])).toEqual({
      keep: [
        { id: '3', ordinal: 0 },
        { id: '1', ordinal: 2 },
      ],
      remove: ['2'],
      insert: [chunk(1, 'new')],
    });
  });

  it('matches a repeated text as often as it was stored', () => {
    const stored = [{ id: '1', content_hash: 'a' }];
    const plan = diffChunks(stored, [chunk(0, 'a'), chunk(1, 'a')]);
    expect(plan).toEqual({ keep: [{ id: '1', ordinal: 0 }], remove: [], insert: [chunk(1, 'a')] });
  });
});
