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

-- count
SELECT (SELECT count(*) FROM documents WHERE tenant_id = $1) AS documents,
(SELECT count(*) FROM chunks WHERE tenant_id = $1) AS chunks,
(SELECT count(*) FROM chunk_embeddings WHERE tenant_id = $1
  AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS embedded
-- Result
--   InitPlan 1
--     ->  Aggregate
--           ->  Index Only Scan using documents_pkey on documents
--                 Index Cond: (tenant_id = 't'::text)
--   InitPlan 2
--     ->  Aggregate
--           ->  Bitmap Heap Scan on chunks
--                 Recheck Cond: (tenant_id = 't'::text)
--                 ->  Bitmap Index Scan on chunks_pkey
--                       Index Cond: (tenant_id = 't'::text)
--   InitPlan 4
--     ->  Aggregate
--           InitPlan 3
--             ->  Index Scan using embedding_models_name_key on embedding_models
--                   Index Cond: (name = 'a-model'::text)
--           ->  Bitmap Heap Scan on chunk_embeddings
--                 Recheck Cond: ((model_id = (InitPlan 3).col1) AND (tenant_id = 't'::text))
--                 ->  Bitmap Index Scan on chunk_embeddings_model
--                       Index Cond: ((model_id = (InitPlan 3).col1) AND (tenant_id = 't'::text))

-- bump
INSERT INTO corpora (tenant_id, revision) VALUES ($1, floor(random() * 1048576)::bigint * 4294967296 + 1)
ON CONFLICT (tenant_id) DO UPDATE SET revision = corpora.revision + 1 RETURNING revision
-- Insert on corpora
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: corpora_pkey
--   ->  Result

-- readRemaining
SELECT tenant_id AS "tenantId", document_id AS "documentId", revision::float8 AS revision FROM deleted_documents
WHERE NOT purged AND (tenant_id, document_id) > ($1, $2)
ORDER BY tenant_id, document_id LIMIT 100
-- Limit
--   ->  Index Scan using deleted_documents_remaining on deleted_documents
--         Index Cond: (ROW(tenant_id, document_id) > ROW('t'::text, 'd'::text))

-- purgeAnswers
WITH gone AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS d (tenant_id, document_id, revision)
), answers AS (
  DELETE FROM answered_questions q USING gone
  WHERE q.tenant_id = gone.tenant_id AND q.documents @> ARRAY[gone.document_id]
  AND (q.answer ->> 'revision')::bigint < gone.revision
)
UPDATE jobs j SET state = 'expired', output = NULL FROM gone
WHERE j.tenant_id = gone.tenant_id AND (j.output ->> 'revision')::bigint < gone.revision
AND j.output #> '{body,sources}' @> jsonb_build_array(jsonb_build_object('document_id', gone.document_id))
-- Update on jobs j
--   CTE gone
--     ->  Function Scan on d
--   CTE answers
--     ->  Delete on answered_questions q
--           ->  Nested Loop
--                 Join Filter: ((q.documents @> ARRAY[gone_1.document_id]) AND (q.tenant_id = gone_1.tenant_id) AND (((q.answer ->> 'revision'::text))::bigint < gone_1.revision))
--                 ->  Index Scan using answered_questions_answered_at on answered_questions q
--                 ->  CTE Scan on gone gone_1
--   ->  Nested Loop
--         Join Filter: ((gone.tenant_id = j.tenant_id) AND (((j.output ->> 'revision'::text))::bigint < gone.revision) AND ((j.output #> '{body,sources}'::text[]) @> jsonb_build_array(jsonb_build_object('document_id', gone.document_id))))
--         ->  Index Scan using jobs_pkey on jobs j
--         ->  CTE Scan on gone

-- endPurges
UPDATE deleted_documents SET purged = true
WHERE NOT purged AND deleted_at < now() - make_interval(secs => 600)
-- Update on deleted_documents
--   ->  Index Scan using deleted_documents_remaining on deleted_documents
--         Filter: ((NOT purged) AND (deleted_at < (now() - '00:10:00'::interval)))

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
