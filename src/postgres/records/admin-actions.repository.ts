import { Injectable } from '@nestjs/common';
import { Database } from '../connection/database.ts';
import type { Span } from './state-changes.repository.ts';

/** An action of an operator. */
export interface AdminAction {
  id: string;
  madeAt: Date;
  /** The given name, or the fingerprint of the key. */
  actor: string;
  action: 'force_state' | 'reset' | 'configure' | 'begin_drill' | 'end_drill';
  guard: string;
  /** The body of the request. */
  changes: Record<string, unknown>;
  /** When it expires; null when it does not. */
  endsAt: Date | null;
  reason: string | null;
  requestId: string;
}

/** The audit trail. Rows are only added. */
@Injectable()
export class AdminActionsRepository {
  constructor(private readonly database: Database) {}

  /** Adds an action, unless it is stored already. */
  async save(action: AdminAction): Promise<void> {
    const { id, madeAt, actor, action: kind, guard, changes, endsAt, reason, requestId } = action;
    await this.database.query(
      `INSERT INTO admin_actions (id, made_at, actor, action, guard, changes, ends_at, reason, request_id)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
      [id, madeAt, actor, kind, guard, JSON.stringify(changes), endsAt, reason, requestId],
      { isControl: true },
    );
  }

  /** The last actions in a span of time, newest first. */
  between({ from, to, limit }: Span, signal: AbortSignal): Promise<AdminAction[]> {
    return this.database.read<AdminAction>(
      `SELECT id::text, made_at AS "madeAt", actor, action, guard, changes, ends_at AS "endsAt", reason,
              request_id AS "requestId"
       FROM admin_actions WHERE made_at >= $1 AND made_at <= $2 ORDER BY made_at DESC, id LIMIT $3`,
      [new Date(from), new Date(to), limit],
      { signal },
    );
  }
}
