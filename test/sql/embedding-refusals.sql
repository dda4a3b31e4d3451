-- record
INSERT INTO embedding_refusals AS r (tenant_id, chunk_id, model, cause, refused_at, retry_at)
SELECT tenant_id, id, $3, $4, to_timestamp($5::float8 / 1000),
to_timestamp($5::float8 / 1000) + interval '60 s'
FROM chunks WHERE tenant_id = $1 AND id = $2
ON CONFLICT (tenant_id, chunk_id, model) DO UPDATE SET
cause = excluded.cause, attempts = r.attempts + 1, refused_at = excluded.refused_at,
retry_at = excluded.refused_at
+ least(60 * 2 ^ least(r.attempts, 20), 21600) * interval '1 s'
RETURNING attempts
-- Insert on embedding_refusals r
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: embedding_refusals_pkey
--   ->  Index Scan using chunks_id on chunks
--         Index Cond: (id = '1'::bigint)
--         Filter: (tenant_id = 't'::text)

-- due
SELECT c.id::text, c.tenant_id, c.document_id, d.title, c.heading, c.text
FROM embedding_refusals r
JOIN chunks c ON c.tenant_id = r.tenant_id AND c.id = r.chunk_id
JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
WHERE r.model = $1 AND r.retry_at <= to_timestamp($2::float8 / 1000)
ORDER BY r.retry_at LIMIT $3
-- Limit
--   ->  Nested Loop
--         ->  Nested Loop
--               ->  Index Scan using embedding_refusals_due on embedding_refusals r
--                     Index Cond: ((model = 'a-model'::text) AND (retry_at <= '2026-01-01 00:00:00+00'::timestamp with time zone))
--               ->  Index Scan using chunks_id on chunks c
--                     Index Cond: (id = r.chunk_id)
--                     Filter: (r.tenant_id = tenant_id)
--         ->  Index Scan using documents_pkey on documents d
--               Index Cond: ((tenant_id = c.tenant_id) AND (id = c.document_id))

-- ofDocument
SELECT c.id::text AS chunk_id, c.ordinal, c.heading, r.cause, r.attempts, to_char(r.refused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS refused_at, to_char(r.retry_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS retry_at
FROM chunks c JOIN embedding_refusals r ON r.tenant_id = c.tenant_id AND r.chunk_id = c.id
WHERE c.tenant_id = $1 AND c.document_id = $3 AND r.model = $2
ORDER BY c.ordinal LIMIT 100
-- Limit
--   ->  Sort
--         Sort Key: c.ordinal
--         ->  Nested Loop
--               ->  Index Scan using embedding_refusals_pkey on embedding_refusals r
--                     Index Cond: ((tenant_id = 't'::text) AND (model = 'a-model'::text))
--               ->  Index Scan using chunks_id on chunks c
--                     Index Cond: (id = r.chunk_id)
--                     Filter: ((tenant_id = 't'::text) AND (document_id = 'd1'::text))
