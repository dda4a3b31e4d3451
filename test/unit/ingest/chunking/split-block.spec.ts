import { chunkText } from '../../../support/ingest/chunk-text.ts';

const small = { maxTokens: 24, overlapTokens: 0 };

describe('chunkDocument with small chunks', () => {
  it('splits a paragraph between sentences with an overlap', () => {
    const sentences = ['One two three four five.', 'Six seven eight nine ten.', 'Eleven twelve and so on.'];
    const texts = chunkText(sentences.join(' '), { maxTokens: 16, overlapTokens: 8 }).map(
      (part) => part.text,
    );
    expect(texts).toEqual([`${sentences[0]} ${sentences[1]}`, `${sentences[1]} ${sentences[2]}`]);
    expect(
      chunkText(sentences.join('\n\n'), { maxTokens: 16, overlapTokens: 8 }).map((part) => part.text),
    ).toEqual([`${sentences[0]}\n\n${sentences[1]}`, sentences[2]]);
  });

  it('splits a list between items, and keeps nested items with theirs', () => {
    const item = (name: string) => `- ${name} is an item of this list\n  - with something nested in it`;
    expect(chunkText([item('one'), item('two')].join('\n'), small).map((part) => part.text)).toEqual([
      item('one'),
      item('two'),
    ]);
  });

  it('splits a table between rows, and repeats its head without padding', () => {
    const text =
      '| Name      | Use       |\n|-----------|:--------|\n| alpha     | first |\n| beta | second one |\n| gamma | third |';
    expect(chunkText(text, { maxTokens: 26, overlapTokens: 0 }).map((part) => part.text)).toEqual([
      '| Name | Use |\n|---|:---|\n| alpha | first |\n| beta | second one |',
      '| Name | Use |\n|---|:---|\n| gamma | third |',
    ]);
  });

  it('splits code between blank lines or lines, and repeats the fence with its language', () => {
    const text = '```ts\nconst first = 1;\nconst second = 2;\n\nconst third = 3;\nconst fourth = 4;\n```';
    expect(chunkText(text, small).map((part) => part.text)).toEqual([
      '```ts\nconst first = 1;\nconst second = 2;\n```',
      '```ts\nconst third = 3;\nconst fourth = 4;\n```',
    ]);
    for (const { text: piece } of chunkText('~~~\n' + 'line of code;\n'.repeat(40), small))
      expect(piece).toMatch(/^~~~\n(line of code;\n)+~~~$/);
  });

  it('keeps the fence of code within a list item', () => {
    const text =
      '1. Install:\n\n   ```sh\n   npm install\n   npm run build and more of it\n   ```\n\n2. Run it.';
    expect(chunkText(text, small).map((part) => part.text)).toEqual([
      '1. Install:\n\n```sh\nnpm install\nnpm run build and more of it\n```',
      '2. Run it.',
    ]);
  });

  it('keeps a block with the sentence that introduces it', () => {
    const text =
      'Something else stands here at first, and is long.\n\nDo this:\n\n- the first thing\n- the second thing';
    expect(chunkText(text, small).map((part) => part.text)).toEqual([
      'Something else stands here at first, and is long.',
      'Do this:\n\n- the first thing\n- the second thing',
    ]);
  });

  it('splits plain text by paragraphs, and reads no Markdown in it', () => {
    const parts = chunkText('# not a heading\r\nline two\r\n \r\n\r\n<b>second</b>', small, 'text');
    expect(parts.map((part) => part.text)).toEqual(['# not a heading\nline two\n\n<b>second</b>']);
  });
});
