import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';

const TOOL = fileURLToPath(new URL('../../../../shared/tools/native-postgres', import.meta.url));

/** Whether servers can be started here: the tool that does it lies beside the repository. */
export const canStartPostgres = existsSync(TOOL);

/** A PostgreSQL server of one suite's own, whose processes can be frozen, killed and started again on its port. */
export class OwnPostgres {
  private constructor(
    readonly url: string,
    private readonly port: number,
  ) {}

  /** Starts one with an empty database. */
  static start(port: number): OwnPostgres {
    run('drop', port);
    return new OwnPostgres(run('start', port), port);
  }

  /** Starts it again after `kill`, with the data it had; does nothing while it runs. */
  restart(): void {
    run('start', this.port);
  }

  /** Stops the processes without ending them: connections stay, and are accepted by the system, and never answered. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Ends the processes at once, as a power cut does. */
  async kill(): Promise<void> {
    const pids = this.signal('SIGKILL');
    await until('the server is gone', () => !pids.some((pid) => existsSync(`/proc/${pid}`)));
  }

  /** Stops it and deletes its data. */
  drop(): void {
    run('drop', this.port);
  }

  /** To the server and the process of each connection. */
  private signal(signal: NodeJS.Signals): string[] {
    const server = run('pid', this.port);
    const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8');
    const pids = [server, ...children.split(' ').filter(Boolean)];
    for (const pid of pids) process.kill(Number(pid), signal);
    return pids;
  }
}

function run(command: string, port: number): string {
  const { status, stdout, stderr } = spawnSync(TOOL, [command, String(port)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`native-postgres ${command}: ${stderr}`);
  return stdout.trim();
}
