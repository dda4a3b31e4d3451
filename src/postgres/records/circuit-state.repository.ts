import type {
  CircuitStore,
  OverrideChange,
  OpenCircuit,
  StoredOverride,
} from '../../resilience/sharing/circuit-store.ts';
import type { Database } from '../connection/database.ts';

/** An override that arrives later than this was delayed, and may be older than one that arrived before it. */
const PROMPT_MS = 1_000;

/**
 * Stores overrides of guards, and this instance's open circuits. Every time is computed by the database's clock from
 * durations, because the instances' clocks may differ.
 */
export class CircuitStateRepository implements CircuitStore {
  constructor(
    private readonly database: Database,
    /** The name of this instance, the same after a restart. */
    private readonly instance: string,
  ) {}

  async saveOverride(change: OverrideChange, signal: AbortSignal): Promise<number | null> {
    const { guard, key, value, leftMs, ageMs } = change;
    // The row is locked before the revision is drawn, so that a row's revisions follow the order of its writes.
    const rows = await this.database.query<{ revision: number }>(
      `INSERT INTO guard_overrides AS c (guard, key, value, made_at, ends_at, revision)
       VALUES ($1, $2, $3::jsonb, clock_timestamp() - make_interval(secs => $4::float8 / 1000),
               clock_timestamp() + make_interval(secs => $5::float8 / 1000), nextval('guard_override_revisions'))
       ON CONFLICT (guard, key) DO UPDATE
       SET value = excluded.value, made_at = excluded.made_at, ends_at = excluded.ends_at,
           revision = nextval('guard_override_revisions')
       WHERE $4::float8 < $6::float8 OR c.made_at <= excluded.made_at
       RETURNING revision::float8 AS revision`,
      [guard, key, JSON.stringify(value), ageMs, leftMs, PROMPT_MS],
      { signal, isControl: true },
    );
    return rows[0]?.revision ?? null;
  }

  readOverrides(signal: AbortSignal): Promise<StoredOverride[]> {
    return this.database.read<StoredOverride>(
      `SELECT guard, key, value, revision::float8 AS revision,
              (extract(epoch FROM ends_at - clock_timestamp()) * 1000)::float8 AS "leftMs"
       FROM guard_overrides ORDER BY revision`,
      [],
      { signal, isControl: true },
    );
  }

  async saveOpen({ guard, leftMs }: OpenCircuit, signal: AbortSignal): Promise<void> {
    // Expired rows of instances that never came back are deleted by the others.
    await this.database.query(
      `WITH cleared AS (DELETE FROM open_circuits WHERE open_until < now() - interval '1 hour' AND instance <> $1)
       INSERT INTO open_circuits (instance, guard, open_until)
       VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
       ON CONFLICT (instance, guard) DO UPDATE SET open_until = excluded.open_until`,
      [this.instance, guard, leftMs],
      { signal },
    );
  }

  async deleteOpen(guard: string, signal: AbortSignal): Promise<void> {
    await this.database.query(
      'DELETE FROM open_circuits WHERE instance = $1 AND guard = $2',
      [this.instance, guard],
      { signal },
    );
  }

  readOpen(signal: AbortSignal): Promise<OpenCircuit[]> {
    return this.database.read<OpenCircuit>(
      `SELECT guard, (extract(epoch FROM open_until - clock_timestamp()) * 1000)::float8 AS "leftMs"
       FROM open_circuits
       WHERE instance = $1 AND open_until > clock_timestamp()`,
      [this.instance],
      { signal },
    );
  }
}
