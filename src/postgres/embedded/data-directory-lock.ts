import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** An exclusive lock on a folder. The operating system releases it with the process. */
export interface DataDirectoryLock {
  release(): Promise<void>;
}

const SUFFIX = '.lock';

/**
 * Takes the lock: listens on a socket with a unique name, then checks whether another socket in the folder is alive. Because
 * every process listens before it checks, two processes never both hold the lock. Names are never reused, so removing a
 * dead socket cannot remove a live one.
 * @param folder the folder of the sockets, whose path must be short enough for a socket
 * @returns undefined when another process holds it, or is about to
 */
export async function lockDataDirectory(folder: string): Promise<DataDirectoryLock | undefined> {
  const name = `${randomUUID().slice(0, 8)}${SUFFIX}`;
  const path = join(folder, name);
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  const release = async () => {
    server.close();
    await once(server, 'close');
  };
  for (const other of await readdir(folder)) {
    if (!other.endsWith(SUFFIX) || other === name) continue;
    if (await isAlive(join(folder, other))) {
      await release();
      return undefined;
    }
    await rm(join(folder, other), { force: true });
  }
  return { release };
}

/** Whether a process listens on the socket; true when in doubt. The kernel accepts at once, even for a busy process. */
function isAlive(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  socket.once('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
  );
  return promise.finally(() => socket.destroy());
}
