import { Injectable } from '@nestjs/common';
import { Database } from '../connection/database.ts';
import type { EmbeddingModel } from './embeddings.repository.ts';
import { hasIndex, indexName } from './vector-index.ts';

/** A model with the name under which its vectors are stored. */
export interface NamedModel extends EmbeddingModel {
  name: string;
}

/** The number of chunks, and of chunks with a vector of the model. */
export interface EmbeddingProgress {
  done: number;
  total: number;
}

/** A registration not renewed for this long belongs to a process that crashed. Raising it delays a switch after a crash. */
export const REGISTRATION_SECONDS = 600;
/** Of all chunks, those that may lack a vector of a model that is to serve: until they have one, words alone find them. */
export const MAX_MISSING_SHARE = 0.01;
/** How long the vectors of a replaced model are kept: searches in flight need them, and switching back is free. */
const KEEP_SECONDS = 3_600;
/** The most instances listed in a log line. */
const MAX_OTHERS = 20;
/** Vectors deleted per statement. Raising it brings the statement closer to the database's time limit. */
const DROPPED_AT_ONCE = 1_000;

const LIVE_REGISTRATIONS = `FROM embedding_registrations w WHERE w.registered_at > now() - interval '${REGISTRATION_SECONDS} s'`;

/** Stores which model serves, and switches to another one. All times are computed by the database's clock. */
@Injectable()
export class ServingModelRepository {
  constructor(private readonly database: Database) {}

  /** The serving model; undefined as long as no vector is stored. */
  async find(signal?: AbortSignal): Promise<NamedModel | undefined> {
    const rows = await this.database.read<NamedModel>(
      'SELECT m.id, m.name, m.dimension FROM serving_model s JOIN embedding_models m ON m.id = s.model_id',
      [],
      { signal },
    );
    return rows[0];
  }

  /** The serving model if it is one of `usable`, else the model named `own` if it is registered. One statement. */
  async choose(own: string, usable: string[], signal?: AbortSignal): Promise<NamedModel | undefined> {
    const rows = await this.database.read<NamedModel>(
      `SELECT m.id, m.name, m.dimension FROM embedding_models m LEFT JOIN serving_model s ON s.model_id = m.id
       WHERE m.name = $1 OR (s.model_id IS NOT NULL AND m.name = ANY($2))
       ORDER BY s.model_id NULLS LAST LIMIT 1`,
      [own, usable],
      { signal },
    );
    return rows[0];
  }

  /** Registers the model of a process, or renews the registration, and deletes expired registrations. */
  async registerProcess(
    process: string,
    instance: string,
    model: string,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.database.query(
      `WITH gone AS (
         DELETE FROM embedding_registrations WHERE registered_at <= now() - interval '${REGISTRATION_SECONDS} s' AND process <> $1
       )
       INSERT INTO embedding_registrations (process, instance, model, registered_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (process) DO UPDATE SET model = excluded.model, registered_at = excluded.registered_at`,
      [process, instance, model],
      { signal },
    );
  }

  /** Unregisters earlier processes of an instance, at its start. */
  async unregisterInstance(instance: string, signal?: AbortSignal): Promise<void> {
    await this.database.query('DELETE FROM embedding_registrations WHERE instance = $1', [instance], {
      signal,
    });
  }

  /** The instances registered for another model, null for one without a name. A crashed instance stays until it expires. */
  async findOtherModels(model: string, signal?: AbortSignal): Promise<(string | null)[]> {
    const rows = await this.database.read<{ instance: string | null }>(
      `SELECT w.instance ${LIVE_REGISTRATIONS} AND w.model <> $1 ORDER BY 1 LIMIT ${MAX_OTHERS}`,
      [model],
      { signal },
    );
    return rows.map(({ instance }) => instance);
  }

  /** Unregisters a process. */
  async unregisterProcess(process: string, signal?: AbortSignal): Promise<void> {
    await this.database.query('DELETE FROM embedding_registrations WHERE process = $1', [process], {
      signal,
    });
  }

  /** The progress of embedding for a model. */
  async progress(model: string, signal?: AbortSignal): Promise<EmbeddingProgress> {
    const rows = await this.database.read<EmbeddingProgress>(
      `SELECT (SELECT count(*) FROM chunks) AS total,
              (SELECT count(*) FROM chunk_embeddings
               WHERE model_id = (SELECT id FROM embedding_models WHERE name = $1)) AS done`,
      [model],
      { signal },
    );
    return rows[0] ?? { done: 0, total: 0 };
  }

  /**
   * Lets a model serve from now on, when at most one chunk in a hundred lacks a vector of it, its index is built, and no living
   * process is configured for another. Answers made before are no longer fresh.
   * @returns whether it serves since this call
   */
  switchTo(model: NamedModel, signal?: AbortSignal): Promise<boolean> {
    return this.database.transaction(
      async (tx) => {
        const switched = await tx.query(
          `UPDATE serving_model SET model_id = ${model.id}, switched_at = now()
           WHERE model_id <> ${model.id} AND ${hasIndex(model)} AND NOT EXISTS (SELECT ${LIVE_REGISTRATIONS} AND w.model <> $1)
             AND (SELECT count(*) FROM chunk_embeddings WHERE model_id = ${model.id})
                 >= (SELECT count(*) FROM chunks) * (1 - ${MAX_MISSING_SHARE})
           RETURNING model_id`,
          [model.name],
        );
        if (switched.length === 0) return false;
        await tx.query('SELECT FROM corpora ORDER BY tenant_id FOR UPDATE');
        await tx.query('UPDATE corpora SET revision = revision + 1');
        return true;
      },
      { signal },
    );
  }

  /** Models that stopped serving a while ago and for which no live process is registered. */
  findRetired(signal?: AbortSignal): Promise<NamedModel[]> {
    return this.database.read<NamedModel>(
      `SELECT m.id, m.name, m.dimension FROM embedding_models m JOIN serving_model s ON s.model_id <> m.id
       WHERE s.switched_at < now() - interval '${KEEP_SECONDS} s'
         AND NOT EXISTS (SELECT ${LIVE_REGISTRATIONS} AND w.model = m.name)`,
      [],
      { signal },
    );
  }

  /**
   * Deletes the indexes, the vectors and at last the registration of a model, in small steps that can be resumed. Stops when
   * a process registers for the model.
   */
  async drop({ id, name }: NamedModel, signal?: AbortSignal): Promise<void> {
    const { own } = this.database.schemas;
    await this.database.runDdl(`DROP INDEX CONCURRENTLY IF EXISTS ${own}.${indexName({ id })}`, { signal });
    for (const table of ['chunk_embeddings', 'answered_question_embeddings']) {
      const key = table === 'chunk_embeddings' ? 'tenant_id, chunk_id' : 'tenant_id, key';
      for (let dropped = DROPPED_AT_ONCE; dropped === DROPPED_AT_ONCE;) {
        const rows = await this.database.query(
          `DELETE FROM ${table} WHERE model_id = ${id} AND NOT EXISTS (SELECT ${LIVE_REGISTRATIONS} AND w.model = $1)
             AND (${key}) IN (SELECT ${key} FROM ${table} WHERE model_id = ${id} LIMIT ${DROPPED_AT_ONCE})
           RETURNING 1`,
          [name],
          { signal },
        );
        dropped = rows.length;
      }
    }
    await this.database.query(
      `DELETE FROM embedding_refusals WHERE model = $1 AND NOT EXISTS (SELECT ${LIVE_REGISTRATIONS} AND w.model = $1)`,
      [name],
      { signal },
    );
    await this.database.query(
      `DELETE FROM embedding_models m WHERE id = ${id} AND NOT EXISTS (SELECT ${LIVE_REGISTRATIONS} AND w.model = $1)
         AND NOT EXISTS (SELECT FROM serving_model WHERE model_id = m.id)
         AND NOT EXISTS (SELECT FROM chunk_embeddings WHERE model_id = m.id)
         AND NOT EXISTS (SELECT FROM answered_question_embeddings WHERE model_id = m.id)`,
      [name],
      { signal },
    );
  }
}
