import {
  BUILD_FOLDERS,
  endingOf,
  FORMATS,
  isMadeByTool,
  TOOL_FOLDERS,
} from '../../../console/documents/upload/file-kinds.ts';
import * as commandLine from '../../../src/cli/document-files.ts';

describe('the files that the console reads', () => {
  it('are those that the command line reads', () => {
    expect(FORMATS).toEqual(commandLine.FORMATS);
    expect(TOOL_FOLDERS).toEqual(commandLine.TOOL_FOLDERS);
    expect(BUILD_FOLDERS).toEqual(commandLine.BUILD_FOLDERS);
  });

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
