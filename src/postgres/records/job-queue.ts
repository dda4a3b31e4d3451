import { Inject, Injectable } from '@nestjs/common';
import { RANDOM } from '../../resilience/resilience.module.ts';
import { Database } from '../connection/database.ts';

/**
 * The delay between two attempts grows from a second up to this. Raised, answers come later after a long outage;
 * lowered, a sick service is called more often.
 */
const MAX_RETRY_DELAY_SECONDS = 60;
/** The key of the advisory lock under which jobs are added. */
const ADDING = 'failsoft:jobs';

/** How many jobs there may be, and for how long. */
export interface JobLimits {
  /** Open jobs of all tenants, not counting those older than `maxAgeSeconds`. */
  maxOpen: number;
  /**
   * A job expires at this age. It is kept for as long again, and its output for as long after it was completed.
   */
  maxAgeSeconds: number;
}

/** A job that was claimed, by one worker for one attempt. */
export interface ClaimedJob {
  tenantId: string;
  id: string;
  /** 1 for the first. */
  attempt: number;
  /** As it was given to `add`. */
  data: object;
}

/** A job as it stands; `output` is what it was completed with. */
export interface JobView {
  state: 'open' | 'done' | 'expired';
  data: object;
  output: object | null;
  /** Until an open job that nobody works on may be claimed; otherwise 0. */
  waitSeconds: number;
}

/** Names the attempt by `$1`, `$2` and `$3`: nothing changes once the job has ended or was claimed again. */
const IS_ATTEMPT = 'tenant_id = $1 AND id = $2 AND attempts = $3 AND lease_expires_at IS NOT NULL';
const IS_IDLE = "state = 'open' AND (lease_expires_at IS NULL OR lease_expires_at <= now())";

/** Jobs that outlive the process, in a table that all instances share. Times are the database's. */
@Injectable()
export class JobQueue {
  constructor(
    private readonly database: Database,
    @Inject(RANDOM) private readonly random: () => number,
  ) {}

  /**
   * Adds a job.
   * @returns its id, a UUID; undefined when as many as may be are open already
   * @throws as `Database.query`
   */
  add(
    tenantId: string,
    data: object,
    { maxOpen, maxAgeSeconds }: JobLimits,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    return this.database.transaction(
      async (tx) => {
        // One after the other: instances that count at the same time would exceed the limit together.
        await tx.query('SELECT pg_advisory_xact_lock(hashtext($1))', [ADDING]);
        const [row] = await tx.query<{ id: string }>(
          `INSERT INTO jobs (tenant_id, data, expires_at, keep_until)
           SELECT $1, $2::jsonb, now() + make_interval(secs => $3), now() + 2 * make_interval(secs => $3)
           WHERE (SELECT count(*) FROM jobs WHERE state = 'open' AND expires_at > now()) < $4
           RETURNING id`,
          [tenantId, JSON.stringify(data), maxAgeSeconds, maxOpen],
        );
        return row?.id;
      },
      { signal },
    );
  }

  /**
   * Claims the oldest open job of any tenant that is available. Once the lease has expired the job is available again,
   * after the same delay as a released one.
   * @returns undefined when there is none
   * @throws as `Database.query`
   */
  async claim(leaseSeconds: number, signal: AbortSignal): Promise<ClaimedJob | undefined> {
    const [job] = await this.database.query<ClaimedJob>(
      `WITH next AS (
         SELECT tenant_id, id FROM jobs WHERE state = 'open' AND available_at <= now()
         ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
       )
       UPDATE jobs j SET attempts = attempts + 1,
         lease_expires_at = now() + make_interval(secs => $1),
         available_at = now() + make_interval(secs => $1 + ${retryDelay('attempts + 1', '$2')})
       FROM next WHERE j.tenant_id = next.tenant_id AND j.id = next.id
       RETURNING j.tenant_id AS "tenantId", j.id, j.attempts AS attempt, j.data`,
      [leaseSeconds, this.random()],
      { signal },
    );
    return job;
  }

  /**
   * Ends a job with its output.
   * @returns false when the job is no longer this attempt's: its lease expired and it was claimed again, or it has ended
   * @throws as `Database.query`
   */
  async complete(job: ClaimedJob, output: object, signal: AbortSignal): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE jobs SET state = 'done', output = $4::jsonb, lease_expires_at = NULL,
         keep_until = now() + (expires_at - created_at)
       WHERE ${IS_ATTEMPT} RETURNING id`,
      [job.tenantId, job.id, job.attempt, JSON.stringify(output)],
      { signal },
    );
    return rows.length === 1;
  }

  /** Opens a job to other workers after a delay, which grows with each attempt. @throws as `Database.query` */
  async release(job: ClaimedJob, signal: AbortSignal): Promise<void> {
    await this.database.query(
      `UPDATE jobs SET lease_expires_at = NULL,
         available_at = now() + make_interval(secs => ${retryDelay('attempts', '$4')})
       WHERE ${IS_ATTEMPT}`,
      [job.tenantId, job.id, job.attempt, this.random()],
      { signal },
    );
  }

  /** Ends a job without an output. @throws as `Database.query` */
  async abandon(job: ClaimedJob, signal: AbortSignal): Promise<void> {
    await this.database.query(
      `UPDATE jobs SET state = 'expired', lease_expires_at = NULL,
         keep_until = least(keep_until, now() + (expires_at - created_at))
       WHERE ${IS_ATTEMPT}`,
      [job.tenantId, job.id, job.attempt],
      { signal },
    );
  }

  /**
   * Ends open jobs that are too old, except those that a worker holds.
   * @returns how many
   * @throws as `Database.query`
   */
  async expire(signal: AbortSignal): Promise<number> {
    const rows = await this.database.query(
      `UPDATE jobs SET state = 'expired', lease_expires_at = NULL,
         keep_until = least(keep_until, now() + (expires_at - created_at))
       WHERE ${IS_IDLE} AND expires_at <= now() RETURNING id`,
      [],
      { signal },
    );
    return rows.length;
  }

  /** A tenant's job by its id, a UUID, unless it is to be deleted. @throws as `Database.query` */
  async find(tenantId: string, id: string, signal: AbortSignal): Promise<JobView | undefined> {
    const [job] = await this.database.read<JobView>(
      `SELECT state, data, output, CASE WHEN ${IS_IDLE}
         THEN greatest(0, extract(epoch FROM available_at - now()))::float8 ELSE 0 END AS "waitSeconds"
       FROM jobs WHERE tenant_id = $1 AND id = $2 AND keep_until > now()`,
      [tenantId, id],
      { signal },
    );
    return job;
  }

  /** How many jobs are open, and how many rows there are, of all tenants. @throws as `Database.query` */
  async count(signal: AbortSignal): Promise<{ open: number; kept: number }> {
    const [row] = await this.database.read<{ open: number; kept: number }>(
      "SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) AS kept FROM jobs",
      [],
      { signal },
    );
    return row ?? { open: 0, kept: 0 };
  }

  /** Deletes the jobs that have been kept for long enough. @throws as `Database.query` */
  async purge(signal: AbortSignal): Promise<void> {
    await this.database.query('DELETE FROM jobs WHERE keep_until <= now()', [], { signal });
  }
}

/**
 * SQL for the seconds between two attempts: each delay is about twice as long as the one before.
 * @param attempt SQL for the number of the attempt that has failed, 1 for the first
 * @param random SQL for a number from 0 to 1, by which the delays of jobs that failed together differ
 */
function retryDelay(attempt: string, random: string): string {
  return `least(${MAX_RETRY_DELAY_SECONDS}, 2 ^ (least(${attempt}, 16) - 1) * (1 + ${random}::float8))`;
}
