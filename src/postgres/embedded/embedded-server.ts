import { statfs } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { DEFAULT_SCHEMA } from '../../config/env.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { lockDataDirectory, type DataDirectoryLock } from './data-directory-lock.ts';
import { DataInUseError } from '../connection/database-errors.ts';
import type { DatabaseServer } from '../connection/database-server.ts';
import { keepCompiledPGlite } from './compiled-pglite.ts';
import type { EmbeddedWorkerData, EmbeddedWorkerMessage } from './embedded-worker.ts';
import { makeSocketFolder, type SocketFolder } from './socket-folder.ts';
import { makeFolder } from '../../config/make-folder.ts';

const PORT = 5432;
const WORKER = new URL(`./embedded-worker${extname(import.meta.url)}`, import.meta.url);
const FIRST_RESTART_MS = 200;
const MAX_RESTART_MS = 10_000;
const STOP_LIMIT_MS = 5_000;
/** How long a call may wait for the only connection. Waiting behind a long ingestion is no outage; a question's own deadline is far shorter. */
const WAIT_MS = 60_000;
/** How long an abandoned statement may run before the worker is restarted. Nothing else can run meanwhile. */
const STUCK_MS = 30_000;

/** PGlite in a worker thread, behind a Unix socket that takes one connection. Holds the lock on its data. */
export class EmbeddedServer {
  private worker: Worker | undefined;
  private restartMs = FIRST_RESTART_MS;
  private cancelRestart: (() => void) | undefined;
  private stopping = false;

  private constructor(
    private readonly dataDir: string,
    private readonly folder: SocketFolder,
    private readonly lock: DataDirectoryLock,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Starts it; resolves when it takes connections, or when its first start failed and will be tried again.
   * @throws DataInUseError
   */
  static async start(dataDir: string, clock: Clock, logger: Logger): Promise<EmbeddedServer> {
    const root = resolve(dataDir);
    await makeFolder(root);
    const folder = await makeSocketFolder(root);
    const lock = await lockDataDirectory(folder.path);
    if (!lock) {
      await folder.remove();
      throw new DataInUseError(root);
    }
    const server = new EmbeddedServer(root, folder, lock, clock, logger);
    await server.launch();
    return server;
  }

  /** How to reach it. */
  describe(schema = DEFAULT_SCHEMA): DatabaseServer {
    return {
      connection: { host: this.folder.path, port: PORT, user: 'postgres', database: 'postgres' },
      tls: [false],
      schema,
      settings: {},
      ownsSessions: true,
      shared: false,
      maxConnections: 1,
      idleMs: 0,
      waitMs: WAIT_MS,
      outwait: (answered) => this.waitForRunningStatement(answered),
    };
  }

  /** Closes the database and lets go of the lock; a thread that does not end is ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelRestart?.();
    const { worker } = this;
    if (worker) {
      const { promise: exited, resolve: onExit } = Promise.withResolvers<void>();
      worker.once('exit', () => onExit());
      const cancel = this.clock.setTimer(() => void worker.terminate(), STOP_LIMIT_MS);
      worker.postMessage('stop', []);
      await exited;
      cancel();
    }
    await this.lock.release();
    await this.folder.remove();
  }

  /** Starts the thread; resolves when it is ready or has ended. @throws Error when there can be no further thread */
  private async launch(): Promise<void> {
    const workerData: EmbeddedWorkerData = {
      dataDir: join(this.dataDir, 'postgres'),
      socketPath: join(this.folder.path, `.s.PGSQL.${PORT}`),
    };
    const worker = new Worker(WORKER, { workerData });
    this.worker = worker;
    const { promise, resolve: started } = Promise.withResolvers<void>();
    let isExplained = false;
    const report = (error: unknown) => {
      if (!isExplained) this.logger.error({ event: 'embedded_database_failed', cause: causeOf(error) });
    };
    worker.on('message', (message: EmbeddedWorkerMessage) => {
      if ('failure' in message) {
        report(new ServiceError(message.failure));
        isExplained = true;
        return;
      }
      keepCompiledPGlite(message.compiled);
      this.restartMs = FIRST_RESTART_MS;
      started();
    });
    worker.once('error', report);
    worker.once('exit', () => {
      this.worker = undefined;
      if (!this.stopping) this.relaunchLater();
      started();
    });
    return promise;
  }

  private relaunchLater(): void {
    const waitMs = this.restartMs;
    this.restartMs = Math.min(waitMs * 2, MAX_RESTART_MS);
    // A full disk ends the thread again and again, until there is room.
    const report = (free_mb?: number) =>
      this.logger.error({ event: 'embedded_database_restart', wait_ms: waitMs, free_mb });
    statfs(this.dataDir).then(
      ({ bavail, bsize }) => report(Math.floor((bavail * bsize) / 1_048_576)),
      () => report(),
    );
    this.cancelRestart = this.clock.setTimer(() => {
      this.launch().catch(() => this.relaunchLater());
    }, waitMs);
  }

  /**
   * PGlite cannot end a statement, and a connection cut in the middle of one would leave the next with its rest.
   * So the connection stays until the answer is there, or the thread is replaced, which loses nothing committed.
   */
  private async waitForRunningStatement(answered: Promise<void>): Promise<void> {
    const { worker } = this;
    const cancel = this.clock.setTimer(() => void worker?.terminate(), STUCK_MS);
    await answered;
    cancel();
  }
}
