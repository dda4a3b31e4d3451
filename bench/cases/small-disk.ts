import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether disks can be mounted here: on Linux, by root. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && tryToMount();

/** A disk of a few megabytes in memory, which can be filled. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  private readonly filler: string;

  private constructor(path: string) {
    this.path = path;
    this.filler = join(path, 'filler');
  }

  static async mount(megabytes: number): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), 'failsoft-disk-'));
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path);
    return new SmallDisk(path);
  }

  /** Leaves that much room. */
  async fill(megabytesLeft: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.path);
    await writeFile(this.filler, Buffer.alloc(bavail * bsize - megabytesLeft * 1_048_576));
  }

  async makeRoom(): Promise<void> {
    await rm(this.filler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    run('umount', '--lazy', this.path);
    await rm(this.path, { recursive: true });
  }
}

function tryToMount(): boolean {
  const { status } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return status === 0;
}

function run(command: string, ...parameters: string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
