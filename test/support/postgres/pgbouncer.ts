import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from '../free-port.ts';

const COMMAND = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (command) => spawnSync(command, ['--version']).status === 0,
);

/** Whether this machine has `pgbouncer` (Debian's package of that name). */
export const hasPgBouncer = COMMAND !== undefined;

/** A real PgBouncer as it is installed, but for its addresses and its mode. */
export class PgBouncer {
  /** The URL of the database by way of PgBouncer. */
  readonly url: string;
  private readonly process: ChildProcess;
  private readonly remove: () => Promise<void>;

  private constructor(url: string, child: ChildProcess, remove: () => Promise<void>) {
    this.url = url;
    this.process = child;
    this.remove = remove;
  }

  /** Starts one before the database of a URL, with further settings where they are given. */
  static async start(
    target: string,
    mode: 'session' | 'transaction',
    settings: Record<string, string | number> = {},
  ): Promise<PgBouncer> {
    const folder = await mkdtemp(join(tmpdir(), 'failsoft-pgbouncer-'));
    const url = new URL(target);
    const port = await findFreePort();
    const users = join(folder, 'users.txt');
    const file = join(folder, 'pgbouncer.ini');
    const [host, password] = [url.hostname, decodeURIComponent(url.password)];
    await writeFile(users, `"${url.username}" "${password}"\n`);
    await writeFile(
      file,
      `[databases]
* = host=${host} port=${url.port || 5432} ${password && `password=${password}`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}`)
  .join('\n')}
`,
    );
    await chmod(folder, 0o755);
    // PgBouncer refuses to run as root.
    const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn(COMMAND ?? '', [...asUser, file], { stdio: ['ignore', 'ignore', 'pipe'] });
    url.host = `127.0.0.1:${port}`;
    const started = new PgBouncer(url.href, child, () => rm(folder, { recursive: true, force: true }));
    for await (const line of createInterface({ input: child.stderr }))
      if (line.includes('process up')) {
        child.stderr.resume();
        return started;
      }
    throw new Error('pgbouncer did not start');
  }

  async stop(): Promise<void> {
    this.process.kill('SIGKILL');
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    await this.remove();
  }
}
