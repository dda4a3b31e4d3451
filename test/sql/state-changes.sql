-- save
WITH cleared AS (DELETE FROM state_changes WHERE made_at < $8)
INSERT INTO state_changes (id, instance, guard, from_state, to_state, fail_count, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING
-- Insert on state_changes
--   Conflict Resolution: NOTHING
--   Conflict Arbiter Indexes: state_changes_pkey
--   CTE cleared
--     ->  Delete on state_changes state_changes_1
--           ->  Index Scan using state_changes_made_at on state_changes state_changes_1
--                 Index Cond: (made_at < '2025-10-03 00:00:00+00'::timestamp with time zone)
--   ->  Result

-- latest
SELECT id::text, instance, guard, from_state AS "from", to_state AS "to", fail_count AS "failCount",
(extract(epoch FROM made_at) * 1000)::float8 AS at FROM state_changes WHERE guard = $1 ORDER BY made_at DESC, id LIMIT $2
-- Limit
--   ->  Incremental Sort
--         Sort Key: made_at DESC, ((id)::text)
--         Presorted Key: made_at
--         ->  Index Scan using state_changes_guard on state_changes
--               Index Cond: (guard = 'a'::text)

-- between
SELECT id::text, instance, guard, from_state AS "from", to_state AS "to", fail_count AS "failCount",
(extract(epoch FROM made_at) * 1000)::float8 AS at FROM state_changes
WHERE made_at >= $1 AND made_at <= $2 ORDER BY made_at DESC, id LIMIT $3
-- Limit
--   ->  Incremental Sort
--         Sort Key: made_at DESC, ((id)::text)
--         Presorted Key: made_at
--         ->  Index Scan Backward using state_changes_made_at on state_changes
--               Index Cond: ((made_at >= '2026-01-01 00:00:00+00'::timestamp with time zone) AND (made_at <= '2026-01-01 00:00:00.001+00'::timestamp with time zone))
