-- save
SELECT id, dimension FROM embedding_models WHERE name = $1
-- Index Scan using embedding_models_name_key on embedding_models
--   Index Cond: (name = 'a-model'::text)

-- save
WITH saved AS (
  INSERT INTO answered_questions AS q (tenant_id, key, scope, wording, passage, question, answer, answered_at, documents)
  SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::jsonb, $8::timestamptz, $11::text[]
  WHERE NOT EXISTS (SELECT FROM deleted_documents
    WHERE tenant_id = $1 AND document_id = ANY($11) AND revision > $12)
  ON CONFLICT (tenant_id, key) DO UPDATE SET scope = excluded.scope, wording = excluded.wording,
  passage = excluded.passage, documents = excluded.documents,
  question = excluded.question, answer = excluded.answer, answered_at = excluded.answered_at
  WHERE q.answered_at <= excluded.answered_at
  RETURNING tenant_id, key
), outdated AS (
  DELETE FROM answered_question_embeddings e USING saved
  WHERE e.tenant_id = saved.tenant_id AND e.key = saved.key AND e.model_id IS DISTINCT FROM $9
)
INSERT INTO answered_question_embeddings AS e (tenant_id, key, model_id, embedding)
SELECT saved.tenant_id, saved.key, m.id, $10::vector FROM saved JOIN embedding_models m ON m.id = $9 FOR KEY SHARE OF m
ON CONFLICT (tenant_id, key, model_id) DO UPDATE SET embedding = excluded.embedding
-- Insert on answered_question_embeddings e
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: answered_question_embeddings_pkey
--   CTE saved
--     ->  Insert on answered_questions q
--           Conflict Resolution: UPDATE
--           Conflict Arbiter Indexes: answered_questions_pkey
--           Conflict Filter: (q.answered_at <= excluded_1.answered_at)
--           InitPlan 1
--             ->  Index Scan using deleted_documents_revision on deleted_documents
--                   Index Cond: ((tenant_id = 't'::text) AND (revision > '7'::bigint))
--                   Filter: (document_id = ANY ('{d}'::text[]))
--           ->  Result
--                 One-Time Filter: (NOT (InitPlan 1).col1)
--   CTE outdated
--     ->  Delete on answered_question_embeddings e_1
--           ->  Nested Loop
--                 ->  CTE Scan on saved saved_1
--                 ->  Index Scan using answered_question_embeddings_pkey on answered_question_embeddings e_1
--                       Index Cond: ((tenant_id = saved_1.tenant_id) AND (key = saved_1.key))
--                       Filter: (model_id IS DISTINCT FROM 1)
--   ->  Subquery Scan on "*SELECT*"
--         ->  LockRows
--               ->  Nested Loop
--                     ->  CTE Scan on saved
--                     ->  Index Scan using embedding_models_pkey on embedding_models m
--                           Index Cond: (id = 1)

-- evictOldest
DELETE FROM answered_questions WHERE tenant_id = $1 AND (answered_at < $2 OR key IN (
    SELECT key FROM answered_questions WHERE tenant_id = $1 ORDER BY answered_at DESC, key OFFSET $3))
-- Delete on answered_questions
--   ->  Index Scan using answered_questions_answered_at on answered_questions
--         Index Cond: (tenant_id = 't'::text)
--         Filter: ((answered_at < '2026-01-01 00:00:00+00'::timestamp with time zone) OR (ANY (key = (hashed SubPlan 1).col1)))
--         SubPlan 1
--           ->  Limit
--                 ->  Incremental Sort
--                       Sort Key: answered_questions_1.answered_at DESC, answered_questions_1.key
--                       Presorted Key: answered_questions_1.answered_at
--                       ->  Index Scan Backward using answered_questions_answered_at on answered_questions answered_questions_1
--                             Index Cond: (tenant_id = 't'::text)

-- findByWording
SELECT question, answer FROM answered_questions
WHERE tenant_id = $1 AND scope = $2 AND wording = $3 AND answered_at >= $4
ORDER BY answered_at DESC LIMIT 16
-- Limit
--   ->  Index Scan Backward using answered_questions_answered_at on answered_questions
--         Index Cond: ((tenant_id = 't'::text) AND (answered_at >= '2026-01-01 00:00:00+00'::timestamp with time zone))
--         Filter: ((scope = 'scope'::text) AND (wording = 'wording'::text))

-- findNearest
SELECT question, answer, similarity FROM (
  SELECT q.question, q.answer, (
    SELECT 1 - (e.embedding <=> $6::vector) FROM answered_question_embeddings e
    WHERE e.tenant_id = q.tenant_id AND e.key = q.key AND e.model_id = $5) AS similarity
  FROM answered_questions q
  WHERE q.tenant_id = $1 AND q.scope = $2 AND q.passage = ANY($3) AND q.answered_at >= $4 OFFSET 0) compared
WHERE similarity >= $7 ORDER BY similarity DESC LIMIT 16
-- Limit
--   ->  Sort
--         Sort Key: compared.similarity DESC
--         ->  Subquery Scan on compared
--               Filter: (compared.similarity >= '0.95'::double precision)
--               ->  Index Scan using answered_questions_answered_at on answered_questions q
--                     Index Cond: ((tenant_id = 't'::text) AND (answered_at >= '2026-01-01 00:00:00+00'::timestamp with time zone))
--                     Filter: ((passage = ANY ('{1,2}'::text[])) AND (scope = 'scope'::text))
--                     SubPlan 1
--                       ->  Index Scan using answered_question_embeddings_model on answered_question_embeddings e
--                             Index Cond: (model_id = 1)
--                             Filter: ((tenant_id = q.tenant_id) AND (key = q.key))

-- deleteOlder
DELETE FROM answered_questions WHERE answered_at < $1
-- Delete on answered_questions
--   ->  Index Scan using answered_questions_answered_at on answered_questions
--         Index Cond: (answered_at < '2026-01-01 00:00:00+00'::timestamp with time zone)
