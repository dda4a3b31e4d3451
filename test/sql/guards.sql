-- saveOverride
INSERT INTO guard_overrides AS c (guard, key, value, made_at, ends_at, revision)
VALUES ($1, $2, $3::jsonb, clock_timestamp() - make_interval(secs => $4::float8 / 1000),
  clock_timestamp() + make_interval(secs => $5::float8 / 1000), nextval('guard_override_revisions'))
ON CONFLICT (guard, key) DO UPDATE
SET value = excluded.value, made_at = excluded.made_at, ends_at = excluded.ends_at,
revision = nextval('guard_override_revisions')
WHERE $4::float8 < $6::float8 OR c.made_at <= excluded.made_at
RETURNING revision::float8 AS revision
-- Insert on guard_overrides c
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: guard_overrides_pkey
--   ->  Result

-- readOverrides
SELECT guard, key, value, revision::float8 AS revision,
(extract(epoch FROM ends_at - clock_timestamp()) * 1000)::float8 AS "leftMs"
FROM guard_overrides ORDER BY revision
-- Result
--   ->  Sort
--         Sort Key: ((revision)::double precision)
--         ->  Seq Scan on guard_overrides
--               Disabled: true

-- saveOpen
WITH cleared AS (DELETE FROM open_circuits WHERE open_until < now() - interval '1 hour' AND instance <> $1)
INSERT INTO open_circuits (instance, guard, open_until)
VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
ON CONFLICT (instance, guard) DO UPDATE SET open_until = excluded.open_until
-- Insert on open_circuits
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: open_circuits_pkey
--   CTE cleared
--     ->  Delete on open_circuits open_circuits_1
--           ->  Seq Scan on open_circuits open_circuits_1
--                 Disabled: true
--                 Filter: ((instance <> 'an-instance'::text) AND (open_until < (now() - '01:00:00'::interval)))
--   ->  Result

-- deleteOpen
DELETE FROM open_circuits WHERE instance = $1 AND guard = $2
-- Delete on open_circuits
--   ->  Index Scan using open_circuits_pkey on open_circuits
--         Index Cond: ((instance = 'an-instance'::text) AND (guard = 'a'::text))

-- readOpen
SELECT guard, (extract(epoch FROM open_until - clock_timestamp()) * 1000)::float8 AS "leftMs"
FROM open_circuits
WHERE instance = $1 AND open_until > clock_timestamp()
-- Index Scan using open_circuits_pkey on open_circuits
--   Index Cond: (instance = 'an-instance'::text)
--   Filter: (open_until > clock_timestamp())
