import { endingOf, isMadeByTool } from '../../../src/schemas/file-kinds.ts';

describe('the files that are read', () => {
  it.each([
    ['notes.MD', '.md'],
    ['a/b.c/notes', ''],
    ['a/b.c/notes.txt', '.txt'],
    ['.md', ''],
    ['a/.html', ''],
    ['archive.tar.gz', '.gz'],
    ['ends.', '.'],
  ])('of %s the ending is %j', (name, ending) => {
    expect(endingOf(name)).toBe(ending);
  });

  it('are not looked for where a tool works, by its name or by a file beside it', () => {
    expect(isMadeByTool('node_modules', new Set())).toBe(true);
    expect(isMadeByTool('build', new Set(['package.json']))).toBe(true);
    expect(isMadeByTool('build', new Set(['readme.md']))).toBe(false);
    expect(isMadeByTool('constructor', new Set(['package.json']))).toBe(false);
  });
});
