-- read
SELECT coalesce(c.revision, 0)::float8 AS revision, x.document_id, x.revision::float8 AS deleted_at
FROM (SELECT $1::text AS tenant_id) t
LEFT JOIN corpora c USING (tenant_id)
LEFT JOIN deleted_documents x ON x.tenant_id = t.tenant_id AND x.revision > $2
-- Nested Loop Left Join
--   ->  Nested Loop Left Join
--         ->  Result
--         ->  Index Scan using corpora_pkey on corpora c
--               Index Cond: (tenant_id = 't'::text)
--   ->  Index Scan using deleted_documents_revision on deleted_documents x
--         Index Cond: ((tenant_id = 't'::text) AND (revision > '7'::bigint))

-- bump
INSERT INTO corpora (tenant_id, revision) VALUES ($1, floor(random() * 1048576)::bigint * 4294967296 + 1)
ON CONFLICT (tenant_id) DO UPDATE SET revision = corpora.revision + 1 RETURNING revision
-- Insert on corpora
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: corpora_pkey
--   ->  Result

-- forgetDeletions
WITH forgotten AS (DELETE FROM answered_questions WHERE answered_at < $2)
DELETE FROM deleted_documents WHERE deleted_at < now() - make_interval(secs => $1)
-- Delete on deleted_documents
--   CTE forgotten
--     ->  Delete on answered_questions
--           ->  Index Scan using answered_questions_answered_at on answered_questions
--                 Index Cond: (answered_at < '2025-12-31 23:59:00+00'::timestamp with time zone)
--   ->  Seq Scan on deleted_documents
--         Disabled: true
--         Filter: (deleted_at < (now() - '00:01:00'::interval))
