import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../free-port.ts';
import { until } from '../until.ts';

/** Starts, finds and drops servers; `TEST_POSTGRES_COMMAND` names another program with the same commands. */
const COMMAND =
  process.env.TEST_POSTGRES_COMMAND || fileURLToPath(new URL('./local-postgres', import.meta.url));

/** Whether servers can be started here. */
export const canStartPostgres =
  Boolean(process.env.TEST_POSTGRES_COMMAND) || spawnSync(COMMAND, ['available']).status === 0;

/** A PostgreSQL server of one suite's own, whose processes can be frozen, killed and started again on its port. */
export class OwnPostgres {
  readonly url: string;
  private readonly port: number;

  private constructor(url: string, port: number) {
    this.url = url;
    this.port = port;
  }

  /** Starts one with an empty database on a free port. */
  static async start(): Promise<OwnPostgres> {
    const port = await findFreePort();
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
  const { status, stdout, stderr } = spawnSync(COMMAND, [command, String(port)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${COMMAND} ${command}: ${stderr}`);
  return stdout.trim();
}
