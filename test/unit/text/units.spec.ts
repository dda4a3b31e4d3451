import { lexer, type Tokens } from 'marked';
import { selectExcerpts } from '../../../src/text/excerpts/excerpts.ts';
import { writeQuote } from '../../../src/text/excerpts/quotes.ts';
import { readUnits } from '../../../src/text/excerpts/units.ts';

function units(markdown: string): string[] {
  const { text, units: read } = readUnits(markdown, 300);
  return read.map(({ start, end }) => text.slice(start, end));
}

function quotes(question: string, ...texts: string[]): string[] {
  const passages = texts.map((text, index) => ({ number: index + 1, text }));
  return selectExcerpts(question, passages, { count: 3, maxChars: 300 }).map((excerpt, index) =>
    writeQuote(excerpt, index + 1),
  );
}

describe('readUnits', () => {
  it.each([
    ['A pump that\nruns. It hums.', ['A pump that runs.', 'It hums.']],
    ['- One item.\n- Two\n  lines\n  1. nested', ['One item.', 'Two lines', 'nested']],
    ['| A | B |\n| - | - |\n| 1 | `x` |', ['1 | x']],
    ['| A | B |\n| - | - |\n| 1 | One. Two. |', ['1 | One.', 'Two.']],
    ['See `docs\\.Pump` there. It hums.', ['See docs\\.Pump there.', 'It hums.']],
    ['```js\nif (a) {\n\n  b()\n}\n```', ['if (a) {', '  b()', '}']],
    ['> **Note** it [runs](x.md) at `a*b*c` &amp; `&amp;`.', ['Note it runs at a*b*c & &amp;.']],
    ['Array<string>, [x] and \\*no\\* marks.', ['Array<string>, [x] and *no* marks.']],
  ])('reads %j', (markdown, read) => {
    expect(units(markdown)).toEqual(read);
  });
});

describe('readUnits of a passage that was read before', () => {
  it('gives what was read, for the same longest unit alone', () => {
    const text = 'A pump that runs, and runs, and runs. It hums.';
    expect(readUnits(text, 300)).toBe(readUnits(text, 300));
    expect(readUnits(text, 30).units).toHaveLength(3);
  });
});

describe('excerpts of units', () => {
  it('keep the lines of code, with the sentence that announces them', () => {
    const text =
      'Nothing here at all.\n\nStart the pump like so:\n\n```js\npump.start({\n  speed: 3,\n})\n```';
    expect(quotes('start the pump', text)[0]).toBe(
      'Start the pump like so:\n```\npump.start({\n  speed: 3,\n})\n```\n[1]',
    );
  });

  it('show the head of a table above a row, as a table', () => {
    const row = (name: string) => `| ${name} of the pump | ${'a long description '.repeat(12)}${name} |`;
    const table = ['| Part | Meaning |', '| --- | --- |', ...['valve', 'motor', 'gauge'].map(row)].join('\n');
    expect(quotes('gauge', table)[0]).toMatch(
      /^\| Part \| Meaning \|\n\| --- \| --- \|\n\| gauge of the pump \| .* gauge \[1\] \|$/,
    );
  });

  it.each([
    ['rows alone', '', ''],
    ['rows between sentences', 'These are the parts of the pump:\n\n', '\n\nEach part is made of steel.'],
    ['rows after words', 'The parts of it:\n\n', ''],
  ])('show %s as a table in the item of a list', (_, before, after) => {
    const rows = '| Part | Signs | Meaning |\n|---|---|---|\n| `a\\|b` | | One [2] part |\n| c | d | e |';
    const passages = [{ number: 1, text: before + rows + after }];
    const [excerpt] = selectExcerpts('part', passages, { count: 1, maxChars: 300 });
    const quote = writeQuote(excerpt!, 1);
    const [list] = lexer(`- ${quote.replace(/\n(?!\n)/g, '\n  ')}`) as Tokens.List[];
    const blocks = (list?.items[0]?.tokens ?? []).filter(({ type }) => type !== 'space');
    const table = blocks.find(({ type }) => type === 'table') as Tokens.Table;
    const texts = [table.header, ...table.rows].map((cells) => cells.map(({ text }) => text));
    const citation = after === '' ? ' [1]' : '';
    expect(texts).toEqual([
      ['Part', 'Signs', 'Meaning'],
      ['a|b', '', 'One (2) part'],
      ['c', 'd', `e${citation}`],
    ]);
    expect(blocks.filter(({ type }) => type !== 'table').map(({ raw }) => raw.trim())).toEqual(
      [before.trim(), after && `${after.trim()} [1]`].filter(Boolean),
    );
  });

  it('keep the indentation of code, also of its first line', () => {
    const excerpt = { text: '    a: 1,\n  })', codeAt: 0, rows: [], passage: 0, terms: [] };
    expect(writeQuote(excerpt, 1)).toBe('```\n    a: 1,\n  })\n```\n[1]');
  });

  it('show the part of a long cell that is quoted in its column', () => {
    const long = Array.from({ length: 30 }, (_, n) => `the pump has part ${n}`).join(', ');
    const quote = quotes('pump part 25', `| Name | Parts |\n|---|---|\n| Pump | ${long} |`)[0];
    expect(quote).toMatch(/^\| Name \| Parts \|\n\| --- \| --- \|\n\|  \| … the pump .* \[1\] \|$/);
  });

  it('show the head of a table in each quote, but give it once, and no sentence of its rows twice', () => {
    const row = (name: string) => `| The ${name} | It moves the water. Nobody can raise this limit. |`;
    const names = ['valve', 'motor', 'gauge', 'cover', 'screw', 'wheel'];
    const text = ['| Part of it | What the part does |', '| --- | --- |', ...names.map(row)].join('\n');
    const answer = quotes('valve wheel part', text);
    expect(answer.join('\n').split('Nobody can raise')).toHaveLength(2);
    for (const quote of answer) expect(quote).toMatch(/^\| Part of it \| What the part does \|\n\| --- /);
    const excerpts = selectExcerpts('valve wheel part', [{ number: 1, text }], { count: 3, maxChars: 300 });
    const given = excerpts.map((excerpt) => excerpt.text);
    expect(given.join('\n').split('Part of it')).toHaveLength(2);
    expect(given[0]).toContain('Part of it | What the part does\nThe valve | It moves the water.');
  });

  it('give a question with its answer, and what stands without an end before code with the code', () => {
    const question = 'Nothing here.\n\nWhy does the pump hum?\n\nBecause it runs.';
    const code = 'Nothing here.\n\nor stop the motor at once\n\n```\nmotor.stop()\n```';
    expect(quotes('pump hum', question)[0]).toBe(
      'Nothing here.\nWhy does the pump hum?\nBecause it runs. [1]',
    );
    expect(quotes('motor', code)[0]).toBe(
      'Nothing here.\nor stop the motor at once\n```\nmotor.stop()\n```\n[1]',
    );
  });

  it('are no heading, label or link to a place in the page', () => {
    const text =
      '## The pump\n\n[The pump](#pump)\n\n**The pump**\n\n| The pump | The motor |\n\nThe pump:\n\nIt runs all day and night.';
    expect(quotes('pump', '# The pump', text)).toEqual(['The pump:\nIt runs all day and night. [1]']);
  });

  it('say no sentence twice, from whichever passages', () => {
    const said = 'The pump runs all day.';
    const answer = quotes('pump', `${said} It hums at night too.`, `Other words stand here. ${said}`).join(
      '\n',
    );
    expect(answer.split(said)).toHaveLength(2);
  });
});
