-- save
INSERT INTO admin_actions (id, made_at, actor, action, guard, changes, ends_at, reason, request_id)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9) ON CONFLICT (id) DO NOTHING
-- Insert on admin_actions
--   Conflict Resolution: NOTHING
--   Conflict Arbiter Indexes: admin_actions_pkey
--   ->  Result

-- between
SELECT id::text, made_at AS "madeAt", actor, action, guard, changes, ends_at AS "endsAt", reason,
request_id AS "requestId"
FROM admin_actions WHERE made_at >= $1 AND made_at <= $2 ORDER BY made_at DESC, id LIMIT $3
-- Limit
--   ->  Incremental Sort
--         Sort Key: made_at DESC, ((id)::text)
--         Presorted Key: made_at
--         ->  Index Scan Backward using admin_actions_made_at on admin_actions
--               Index Cond: ((made_at >= '2026-01-01 00:00:00+00'::timestamp with time zone) AND (made_at <= '2026-01-01 00:00:00.001+00'::timestamp with time zone))
