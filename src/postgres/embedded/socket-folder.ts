import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../config/make-folder.ts';

/** A folder only this user can enter, under a path that is short enough for the sockets in it. */
export interface SocketFolder {
  path: string;
  remove(): Promise<void>;
}

/** The shortest limit of the systems in use is 104 bytes (macOS; Linux has 108); the names inside take up to 20. */
const MAX_PATH_BYTES = 80;

/** Makes `dataDir/run`; a deep one is reached through a link in a private temporary folder. */
export async function makeSocketFolder(dataDir: string): Promise<SocketFolder> {
  const folder = resolve(dataDir, 'run');
  await makeFolder(folder);
  await chmod(folder, 0o700);
  if (Buffer.byteLength(folder) <= MAX_PATH_BYTES) return { path: folder, remove: () => Promise.resolve() };
  const temporary = await mkdtemp(join(tmpdir(), 'failsoft-'));
  const link = join(temporary, 'run');
  await symlink(folder, link);
  return { path: link, remove: () => rm(temporary, { recursive: true, force: true }) };
}
