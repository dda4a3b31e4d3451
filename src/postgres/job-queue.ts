import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { PgBoss } from 'pg-boss';
import { Database } from './database.ts';

const QUEUE = 'deferred_questions';
/**
 * Jobs that are tried again and again wait longer each time, from a second up to this: after an outage, however long,
 * nobody waits much longer than that, and a try a minute is no load for whoever is sick.
 */
const MAX_RETRY_DELAY_SECONDS = 60;
/** Only time ends a job; pg-boss wants a number. */
const RETRY_LIMIT = 1_000_000;
/** The least between two looks for jobs whose worker is gone, and for those that are to be forgotten, of all instances. */
const LOOK_SECONDS = { lost: 5, old: 3_600 };

/** How many jobs there may be, and for how long. */
export interface JobLimits {
  /** Open jobs, not counting those older than `maxAgeSeconds`. */
  maxOpen: number;
  maxAgeSeconds: number;
  /** Whoever took a job and has not ended it within this long has lost it to the next. */
  leaseSeconds: number;
}

/** A job that was taken, by one worker for one attempt. */
export interface TakenJob {
  id: string;
  /** How often it was taken before. */
  retryCount: number;
  /** As it was given to `add`. */
  data: object;
}

/** A job as it stands; `output` is what it was completed with. */
export interface JobView {
  state: 'open' | 'completed' | 'given_up';
  data: object;
  output: object | null;
  /** Until it may be taken again, after it was given back; otherwise 0. */
  waitSeconds: number;
}

type Execute = (sql: string, values?: unknown[]) => Promise<object[]>;

/**
 * Jobs that outlive the process. pg-boss makes the statements; it is never started, for its workers and timers would
 * neither hear of the injected clock nor of the guard, so whoever uses the queue takes jobs and has it maintained.
 */
@Injectable()
export class JobQueue {
  private readonly boss: PgBoss;
  /** What the statements of one call run on: the call's signal and transaction are no parameters of all of pg-boss's methods. */
  private readonly scope = new AsyncLocalStorage<Execute>();

  constructor(private readonly database: Database) {
    const outside = this.through();
    const executeSql = async (sql: string, values?: unknown[]) => ({
      rows: await (this.scope.getStore() ?? outside)(sql, values),
    });
    this.boss = new PgBoss({
      db: { executeSql },
      migrate: false,
      supervise: false,
      schedule: false,
      reindex: false,
      monitorIntervalSeconds: LOOK_SECONDS.lost,
      maintenanceIntervalSeconds: LOOK_SECONDS.old,
    });
    // What it has to say of its own is in the errors of its methods; unheard, an error event would end the process.
    this.boss.on('error', ignore);
    this.boss.on('warning', ignore);
  }

  /**
   * Adds a job.
   * @returns its id; undefined when as many as may be are open already
   * @throws as `Database.query`
   */
  async add(data: object, limits: JobLimits, signal: AbortSignal): Promise<string | undefined> {
    const { maxOpen, maxAgeSeconds, leaseSeconds } = limits;
    const options = {
      retryLimit: RETRY_LIMIT,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: MAX_RETRY_DELAY_SECONDS,
      expireInSeconds: leaseSeconds,
      // Given up when too old, it is kept for as long again, to be told from one that never was.
      retentionSeconds: 2 * maxAgeSeconds,
      deleteAfterSeconds: maxAgeSeconds,
    };
    const id = await this.database.transaction(
      async (tx) => {
        // One after the other, or those who count at the same time would go beyond the limit together.
        await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [QUEUE]);
        const [row] = await tx.query<{ open: number }>(
          `SELECT count(*) AS open FROM pgboss.job
           WHERE name = $1 AND state < 'completed' AND created_on > now() - make_interval(secs => $2)`,
          [QUEUE, maxAgeSeconds],
        );
        if (!row || row.open >= maxOpen) return null;
        return this.scope.run(
          (sql, values) => tx.query(sql, values),
          () => this.boss.send(QUEUE, data, options),
        );
      },
      { signal },
    );
    return id ?? undefined;
  }

  /** Takes the oldest open job that is not waiting for another try. @throws as `Database.query` */
  async take(signal: AbortSignal): Promise<TakenJob | undefined> {
    const [job] = await this.within(signal, () => this.boss.fetch<object>(QUEUE));
    return job && { id: job.id, retryCount: job.retryCount, data: job.data };
  }

  /**
   * Ends a job with its result, in one statement.
   * @returns false when the job is no longer this attempt's: it took too long, or was ended before
   * @throws as `Database.query`
   */
  async complete(job: TakenJob, output: object, signal: AbortSignal): Promise<boolean> {
    const result = await this.within(signal, () => this.boss.complete(QUEUE, attemptOf(job), output));
    return countAffected(result) === 1;
  }

  /** Gives a job back, to be tried again later. @throws as `Database.query` */
  async putBack(job: TakenJob, signal: AbortSignal): Promise<void> {
    await this.within(signal, () => this.boss.fail(QUEUE, attemptOf(job)));
  }

  /** Ends a job without a result. @throws as `Database.query` */
  async giveUp(job: TakenJob, signal: AbortSignal): Promise<void> {
    await this.within(signal, () => this.boss.cancel(QUEUE, attemptOf(job)));
  }

  /**
   * Ends open jobs that are older than that without a result; those that someone had taken before are left to them.
   * @returns how many
   * @throws as `Database.query`
   */
  async giveUpOlder(maxAgeSeconds: number, signal: AbortSignal): Promise<number> {
    const old = await this.database.read<{ id: string }>(
      `SELECT id FROM pgboss.job
       WHERE name = $1 AND state < 'active' AND created_on <= now() - make_interval(secs => $2)`,
      [QUEUE, maxAgeSeconds],
      { signal },
    );
    if (old.length === 0) return 0;
    const ids = old.map(({ id }) => id);
    return countAffected(await this.within(signal, () => this.boss.cancel(QUEUE, ids)));
  }

  /** A job by its id, a UUID; one that is to be forgotten is not there, though its row may stay for a while. @throws as `Database.query` */
  async find(id: string, signal: AbortSignal): Promise<JobView | undefined> {
    // The wait by the database's own clock, which set its end.
    const [job] = await this.database.read<Omit<JobView, 'state'> & { state: string }>(
      `SELECT state::text, data, output,
              greatest(0, extract(epoch FROM start_after - now()))::float8 AS "waitSeconds"
       FROM pgboss.job WHERE name = $1 AND id = $2
         AND CASE WHEN state = 'completed' THEN completed_on > now() - make_interval(secs => deletion_seconds)
                  ELSE keep_until > now() END`,
      [QUEUE, id],
      { signal },
    );
    return job && { ...job, state: stateOf(job.state) };
  }

  /** How many jobs are open, and how many there are at all. @throws as `Database.query` */
  async count(signal: AbortSignal): Promise<{ open: number; kept: number }> {
    const [row] = await this.database.read<{ open: number; kept: number }>(
      "SELECT count(*) FILTER (WHERE state < 'completed') AS open, count(*) AS kept FROM pgboss.job WHERE name = $1",
      [QUEUE],
      { signal },
    );
    return row ?? { open: 0, kept: 0 };
  }

  /** Opens jobs again whose worker is gone, and forgets old ones. @throws as `Database.query` */
  async maintain(signal: AbortSignal): Promise<void> {
    await this.within(signal, () => this.boss.supervise(QUEUE));
  }

  private within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.scope.run(this.through(signal), work);
  }

  /** Statements without parameters may be several, with a transaction of their own around them. */
  private through(signal?: AbortSignal): Execute {
    return (sql, values) =>
      values?.length ? this.database.query(sql, values, { signal }) : this.database.script(sql, { signal });
  }
}

/** The attempt it was taken for: pg-boss changes nothing when another has begun since. */
function attemptOf({ id, retryCount }: TakenJob) {
  return { id, retryCount };
}

/** How many jobs a call has changed; pg-boss leaves it out of its types. */
function countAffected(result: object): number {
  return 'affected' in result ? Number(result.affected) : 0;
}

function stateOf(state: string): JobView['state'] {
  if (state === 'completed') return state;
  return state === 'cancelled' || state === 'failed' ? 'given_up' : 'open';
}

function ignore(): void {}
