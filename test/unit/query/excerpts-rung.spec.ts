import { buildContext } from '../../../src/query/retrieval/context.ts';
import { toSources } from '../../../src/query/generation/sources.ts';
import { ExcerptsRung } from '../../../src/query/ladder/excerpts-rung.ts';
import { passage } from '../../support/postgres/passages.ts';

function answer(title: string, heading: string | null, text = 'The fuse opens.'): string | undefined {
  const passages = [passage('a', { title, heading, text })];
  const context = buildContext(passages, { maxPassages: 3, maxTokens: 100 });
  const question = { tenantId: 'default', text: 'When does the fuse open?', topK: 3, filter: {} };
  return new ExcerptsRung({ excerptMaxChars: 300 }).answer({
    question,
    reason: 'circuit_breaker_open',
    attempts: [],
    retrieved: { mode: 'hybrid', passages, degraded: false, reranked: null, context },
    lastAnswer: undefined,
    similar: undefined,
    signal: new AbortController().signal,
  })?.answer;
}

describe('the excerpts', () => {
  it('name their sources on one line, in which no title looks like another source', () => {
    expect(answer('T]\n[2] fake', '[3]\t\n x')?.split('\n').slice(2)).toEqual([
      '- The fuse opens. [1]',
      '',
      'Sources: [1] T) (2) fake – (3) x',
    ]);
  });

  it('contain no bracketed number of the document that looks like a citation', () => {
    const text = 'The fuse opens at 20 A [2]. It was tested in 1820 [3][4].';
    expect(answer('T', null, text)?.split('\n')[2]).toBe(
      '- The fuse opens at 20 A (2). It was tested in 1820 (3)(4). [1]',
    );
  });

  it('name a source by its document id when the title is blank', () => {
    expect(answer(' \n', null)).toMatch(/\nSources: \[1\] document-a$/);
  });
});

describe('the highlights', () => {
  it.each([
    ['When does the fuse open?', 'The fuse is what opens.', ['fuse', 'opens']],
    ['¿Cuándo se abre el fusible?', 'El fusible se abre solo.', ['fusible', 'abre']],
    ['Who is it?', 'It is nobody who is known.', ['It', 'is', 'who', 'is']],
    ['What is a relay?', 'That is what it is.', []],
  ])('omit the function words of %j, unless it has no other words', (question, text, words) => {
    const context = buildContext([passage('a', { text })], { maxPassages: 1, maxTokens: 100 });
    const [source] = toSources(question, context, 300);
    expect(source?.highlights.map(({ start, end }) => source.excerpt.slice(start, end))).toEqual(words);
  });
});
