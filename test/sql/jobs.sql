-- add
SELECT pg_advisory_xact_lock(hashtext($1))
-- Result

-- add
INSERT INTO jobs (tenant_id, data, expires_at, keep_until)
SELECT $1, $2::jsonb, now() + make_interval(secs => $3), now() + 2 * make_interval(secs => $3)
WHERE (SELECT count(*) FROM jobs WHERE state = 'open' AND expires_at > now()) < $4
RETURNING id
-- Insert on jobs
--   InitPlan 1
--     ->  Aggregate
--           ->  Index Scan using jobs_open on jobs jobs_1
--                 Filter: (expires_at > now())
--   ->  Result
--         One-Time Filter: ((InitPlan 1).col1 < '10'::bigint)

-- claim
WITH next AS (
  SELECT tenant_id, id FROM jobs WHERE state = 'open' AND available_at <= now()
  ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE jobs j SET attempts = attempts + 1,
lease_expires_at = now() + make_interval(secs => $1),
available_at = now() + make_interval(secs => $1 + least(60, 2 ^ (least(attempts + 1, 16) - 1) * (1 + $2::float8)))
FROM next WHERE j.tenant_id = next.tenant_id AND j.id = next.id
RETURNING j.tenant_id AS "tenantId", j.id, j.attempts AS attempt, j.data
-- Update on jobs j
--   CTE next
--     ->  Limit
--           ->  LockRows
--                 ->  Incremental Sort
--                       Sort Key: jobs.created_at, jobs.id
--                       Presorted Key: jobs.created_at
--                       ->  Index Scan using jobs_open on jobs
--                             Filter: ((state = 'open'::text) AND (available_at <= now()))
--   ->  Nested Loop
--         ->  CTE Scan on next
--         ->  Index Scan using jobs_pkey on jobs j
--               Index Cond: ((tenant_id = next.tenant_id) AND (id = next.id))

-- complete
UPDATE jobs SET state = 'done', output = $4::jsonb, lease_expires_at = NULL,
keep_until = now() + (expires_at - created_at)
WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND lease_expires_at IS NOT NULL RETURNING id
-- Update on jobs
--   ->  Index Scan using jobs_pkey on jobs
--         Index Cond: ((tenant_id = 't'::text) AND (id = '00000000-0000-4000-8000-000000000001'::uuid))
--         Filter: ((lease_expires_at IS NOT NULL) AND (attempts = 1))

-- release
UPDATE jobs SET lease_expires_at = NULL,
available_at = now() + make_interval(secs => least(60, 2 ^ (least(attempts, 16) - 1) * (1 + $4::float8)))
WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND lease_expires_at IS NOT NULL
-- Update on jobs
--   ->  Index Scan using jobs_pkey on jobs
--         Index Cond: ((tenant_id = 't'::text) AND (id = '00000000-0000-4000-8000-000000000001'::uuid))
--         Filter: ((lease_expires_at IS NOT NULL) AND (attempts = 1))

-- abandon
UPDATE jobs SET state = 'expired', lease_expires_at = NULL,
keep_until = least(keep_until, now() + (expires_at - created_at))
WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND lease_expires_at IS NOT NULL
-- Update on jobs
--   ->  Index Scan using jobs_pkey on jobs
--         Index Cond: ((tenant_id = 't'::text) AND (id = '00000000-0000-4000-8000-000000000001'::uuid))
--         Filter: ((lease_expires_at IS NOT NULL) AND (attempts = 1))

-- expire
UPDATE jobs SET state = 'expired', lease_expires_at = NULL,
keep_until = least(keep_until, now() + (expires_at - created_at))
WHERE state = 'open' AND (lease_expires_at IS NULL OR lease_expires_at <= now()) AND expires_at <= now() RETURNING id
-- Update on jobs
--   ->  Index Scan using jobs_open on jobs
--         Filter: ((state = 'open'::text) AND ((lease_expires_at IS NULL) OR (lease_expires_at <= now())) AND (expires_at <= now()))

-- find
SELECT state, data, output, CASE WHEN state = 'open' AND (lease_expires_at IS NULL OR lease_expires_at <= now())
THEN greatest(0, extract(epoch FROM available_at - now()))::float8 ELSE 0 END AS "waitSeconds"
FROM jobs WHERE tenant_id = $1 AND id = $2 AND keep_until > now()
-- Index Scan using jobs_pkey on jobs
--   Index Cond: ((tenant_id = 't'::text) AND (id = '00000000-0000-4000-8000-000000000001'::uuid))
--   Filter: (keep_until > now())

-- count
SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) AS kept FROM jobs
-- Aggregate
--   ->  Seq Scan on jobs
--         Disabled: true

-- purge
DELETE FROM jobs WHERE keep_until <= now()
-- Delete on jobs
--   ->  Index Scan using jobs_keep_until on jobs
--         Index Cond: (keep_until <= now())
