import { Injectable } from '@nestjs/common';
import type { CircuitState } from '../../resilience/guard/guard-events.ts';
import { Database } from '../connection/database.ts';

/** A state change of a circuit. */
export interface StateChange {
  id: string;
  /** The instance that saw it. */
  instance: string;
  guard: string;
  from: CircuitState;
  to: CircuitState;
  failCount: number;
  /** Epoch milliseconds by that instance's clock. */
  at: number;
}

/** From when to when, in epoch milliseconds, and the most rows. */
export interface Span {
  from: number;
  to: number;
  limit: number;
}

const DAY_MS = 86_400_000;
/** How long changes are kept. */
const KEPT_MS = 90 * DAY_MS;
const COLUMNS = `id::text, instance, guard, from_state AS "from", to_state AS "to", fail_count AS "failCount",
                 (extract(epoch FROM made_at) * 1000)::float8 AS at`;

/** Stores the state changes of all circuits and instances. */
@Injectable()
export class StateChangesRepository {
  constructor(private readonly database: Database) {}

  /** Adds a change unless it is stored already, and deletes changes older than three months. */
  async save({ id, instance, guard, from, to, failCount, at }: StateChange): Promise<void> {
    await this.database.query(
      `WITH cleared AS (DELETE FROM state_changes WHERE made_at < $8)
       INSERT INTO state_changes (id, instance, guard, from_state, to_state, fail_count, made_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
      [id, instance, guard, from, to, failCount, new Date(at), new Date(at - KEPT_MS)],
    );
  }

  /** The last changes of a guard, newest first. */
  latest(guard: string, limit: number, signal: AbortSignal): Promise<StateChange[]> {
    return this.database.read<StateChange>(
      `SELECT ${COLUMNS} FROM state_changes WHERE guard = $1 ORDER BY made_at DESC, id LIMIT $2`,
      [guard, limit],
      { signal },
    );
  }

  /** The last changes of all guards in a span of time, newest first. */
  between({ from, to, limit }: Span, signal: AbortSignal): Promise<StateChange[]> {
    return this.database.read<StateChange>(
      `SELECT ${COLUMNS} FROM state_changes
       WHERE made_at >= $1 AND made_at <= $2 ORDER BY made_at DESC, id LIMIT $3`,
      [new Date(from), new Date(to), limit],
      { signal },
    );
  }
}
