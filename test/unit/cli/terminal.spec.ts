import { formatTable, printable, toJson, toLine } from '../../../src/cli/terminal.ts';

describe('a table', () => {
  const head = ['ID', 'TITLE', 'N'];

  it('lays its columns out by what they hold', () => {
    expect(formatTable(head, [['a', 'Long title', '1']], Infinity).split('\n')).toEqual([
      'ID  TITLE       N',
      'a   Long title  1',
    ]);
  });

  it('is as wide as the terminal: the widest column is cut', () => {
    const lines = formatTable(head, [['short-id', 'A title that is too long for this', '12']], 30).split(
      '\n',
    );
    expect(lines).toEqual(['ID        TITLE             N', 'short-id  A title that is…  12']);
    expect(lines[1]).toHaveLength(30);
  });

  it('counts wide characters twice and marks not at all', () => {
    const lines = formatTable(
      ['A', 'B'],
      [
        ['全角', 'x'],
        ['e\u0301', 'y'],
        ['👍', 'z'],
      ],
      Infinity,
    ).split('\n');
    expect(lines).toEqual(['A     B', '全角  x', 'e\u0301     y', '👍    z']);
    expect(formatTable([], [['全角全角全角', 'x']], 10)).toBe('全角全…  x');
  });

  it('keeps a cell on its line', () => {
    expect(formatTable([], [['a\nb\u001b[2J', 'c']], Infinity)).toBe('a b[2J  c');
  });
});

describe('what a terminal is given', () => {
  it('has no controls but line ends and tabs', () => {
    expect(printable('a\u0000\u0007\u001b]0;title\u0007\r\n\tb\u009b31mc\u007f')).toBe('a]0;title\n\tb31mc');
    expect(toLine('  a \n b\u001bc ')).toBe('a bc');
  });

  it('has them escaped in JSON', () => {
    const value = { text: '\u001b\u007f\u009b ä' };
    expect(toJson(value)).toBe('{"text":"\\u001b\\u007f\\u009b ä"}');
    expect(JSON.parse(toJson(value))).toEqual(value);
  });
});
