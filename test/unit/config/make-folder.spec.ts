import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../../src/config/make-folder.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';

describe('making the data folder', () => {
  it('makes all that is missing, also when several do so at once', async () => {
    const folder = await makeTemporaryFolder();
    const path = join(folder.path, 'a/b/c');
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(path)]);
    await makeFolder(path);
    expect(existsSync(path)).toBe(true);
    await folder.remove();
  });

  it('fails at once where the system makes no folders, and where a file stands', async () => {
    const folder = await makeTemporaryFolder();
    writeFileSync(join(folder.path, 'file'), '');
    for (const path of [
      '/proc/nothing',
      '/proc/nothing/data',
      `${folder.path}/file`,
      `${folder.path}/file/data`,
    ])
      await expect(makeFolder(path)).rejects.toMatchObject({ syscall: 'mkdir' });
    await folder.remove();
  });
});
