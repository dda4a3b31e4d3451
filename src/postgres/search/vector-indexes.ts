import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { Database } from '../connection/database.ts';
import { StartupMigrations } from '../migrations/startup-migrations.ts';
import { createIndex, hasIndex, indexName, isIndexable, type IndexedModel } from './vector-index.ts';

/** The advisory lock of the instance that builds: PostgreSQL builds one index of a table at a time. */
const LOCK_NAME = 'failsoft_vector_index';
/**
 * Between two tries to build an index that failed, or that another instance was building. A longer pause leaves searches
 * without the index for longer.
 */
const RETRY_MS = 30_000;

/**
 * Builds the vector index of each model. On a server this happens in the background and lets writes through: a corpus
 * without its index, as after a restore, takes a long time to index. Until then searches compare all vectors.
 */
@Injectable()
export class VectorIndexes implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly ready = new Set<number>();
  private readonly missing = new Map<number, IndexedModel>();
  private hasResumed = false;
  private building: Promise<void> | undefined;
  private cancelRetry: (() => void) | undefined;

  constructor(
    private readonly database: Database,
    private readonly migrations: StartupMigrations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Begins in the background with what an earlier process did not finish, once the tables are there. */
  onApplicationBootstrap(): void {
    if (this.database.isShared) void this.migrations.whenReady().then(() => this.start());
  }

  /** Ends a build, on a server that answers as well. The next process begins it anew. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.cancelRetry?.();
    await waitForStop(this.whenBuilt(), this.clock);
  }

  /**
   * Sees to a model's index. Resolves at once on a server, where the index is built in the background. The embedded
   * database belongs to one process, which builds the index now.
   * @throws as `Database.define`, on the embedded database alone
   */
  async ensure(model: IndexedModel, signal?: AbortSignal): Promise<void> {
    if (!isIndexable(model) || this.ready.has(model.id)) return;
    if (this.database.isShared) {
      this.missing.set(model.id, model);
      if (!this.cancelRetry) this.start();
      return;
    }
    await this.database.runDdl(createIndex(model, this.database.schemas, 'plainly'), { signal });
    this.ready.add(model.id);
  }

  /** Resolves when nothing is being built; what failed may wait to be tried again. Never rejects. */
  async whenBuilt(): Promise<void> {
    await this.building;
  }

  private start(): void {
    if (this.stopping.signal.aborted) return;
    this.building ??= this.buildAll().finally(() => {
      this.building = undefined;
    });
  }

  /** Builds what is missing, and comes back later for the rest. Never rejects. */
  private async buildAll(): Promise<void> {
    const { signal } = this.stopping;
    let isComplete = await this.resume(signal);
    const postponed = new Set<number>();
    for (;;) {
      const model = this.missing.values().find(({ id }) => !postponed.has(id));
      if (!model || signal.aborted) break;
      if (await this.tryToBuild(model, signal)) {
        this.missing.delete(model.id);
        this.ready.add(model.id);
      } else {
        postponed.add(model.id);
        isComplete = false;
      }
    }
    if (isComplete || signal.aborted) return;
    this.cancelRetry = this.clock.setTimer(() => {
      this.cancelRetry = undefined;
      this.start();
    }, RETRY_MS);
  }

  /** Adds the serving model, whose build an earlier process may have left unfinished. @returns whether that is done. Never rejects. */
  private async resume(signal: AbortSignal): Promise<boolean> {
    if (this.hasResumed) return true;
    if (!this.database.isHealthy) return false;
    try {
      const [serving] = await this.database.read<IndexedModel>(
        'SELECT m.id, m.dimension FROM serving_model s JOIN embedding_models m ON m.id = s.model_id',
        [],
        { signal },
      );
      if (serving && isIndexable(serving) && !this.ready.has(serving.id))
        this.missing.set(serving.id, serving);
      this.hasResumed = true;
    } catch {
      // The guard has accounted for the failure.
    }
    return this.hasResumed;
  }

  /** @returns whether the index is there, or nobody needs it any more. Never rejects. */
  private async tryToBuild(model: IndexedModel, signal: AbortSignal): Promise<boolean> {
    // The trials of an open circuit are for users.
    if (!this.database.isHealthy) return false;
    const startedAt = this.clock.now();
    try {
      if (await this.isDone(model, signal)) return true;
      // PostgreSQL's own lock would not do: whoever waits for it holds a snapshot, and the build waits until all older
      // snapshots are gone.
      const result = await this.database.runAlone(LOCK_NAME, () => this.build(model, signal), { signal });
      const duration_ms = Math.round(this.clock.now() - startedAt);
      if (result === 'built')
        this.logger.info({ event: 'vector_index_built', index: indexName(model), duration_ms });
      return result !== undefined;
    } catch (error) {
      if (!signal.aborted)
        this.logger.warn({
          event: 'vector_index_failed',
          index: indexName(model),
          cause: causeOf(error),
        });
      return false;
    }
  }

  /** Reads whether nothing is left to build: the index is valid, or the model was dropped. */
  private async isDone(model: IndexedModel, signal: AbortSignal): Promise<boolean> {
    const [found] = await this.database.read<{ isDone: boolean }>(
      `SELECT ${hasIndex(model)} OR NOT EXISTS (SELECT FROM embedding_models WHERE id = ${model.id}) AS "isDone"`,
      [],
      { signal },
    );
    return found?.isDone === true;
  }

  /** Builds an index on a server while others write. @returns `done` when nothing was left to build */
  private async build(model: IndexedModel, signal: AbortSignal): Promise<'built' | 'done'> {
    if (await this.isDone(model, signal)) return 'done';
    const { schemas } = this.database;
    // An interrupted build leaves an index that costs every write and serves no search.
    await this.database.runDdl(`DROP INDEX CONCURRENTLY IF EXISTS ${schemas.own}.${indexName(model)}`, {
      signal,
    });
    await this.database.runDdl(createIndex(model, schemas, 'concurrently'), { signal });
    return 'built';
  }
}
