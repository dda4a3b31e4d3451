-- save
SELECT id, dimension FROM embedding_models WHERE name = $1
-- Index Scan using embedding_models_name_key on embedding_models
--   Index Cond: (name = 'a-model'::text)

-- save
WITH saved AS (
  INSERT INTO answered_questions AS q (tenant_id, key, scope, form, question, answer, answered_at)
  VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
  ON CONFLICT (tenant_id, key) DO UPDATE SET scope = excluded.scope, form = excluded.form,
  question = excluded.question, answer = excluded.answer, answered_at = excluded.answered_at
  WHERE q.answered_at <= excluded.answered_at
  RETURNING tenant_id, key
), outdated AS (
  DELETE FROM answered_question_embeddings e USING saved
  WHERE e.tenant_id = saved.tenant_id AND e.key = saved.key AND e.model_id IS DISTINCT FROM $8
)
INSERT INTO answered_question_embeddings AS e (tenant_id, key, model_id, embedding)
SELECT saved.tenant_id, saved.key, m.id, $9::vector FROM saved JOIN embedding_models m ON m.id = $8 FOR KEY SHARE OF m
ON CONFLICT (tenant_id, key, model_id) DO UPDATE SET embedding = excluded.embedding
-- Insert on answered_question_embeddings e
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: answered_question_embeddings_pkey
--   CTE saved
--     ->  Insert on answered_questions q
--           Conflict Resolution: UPDATE
--           Conflict Arbiter Indexes: answered_questions_pkey
--           Conflict Filter: (q.answered_at <= excluded_1.answered_at)
--           ->  Result
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

-- findByForm
SELECT key, question, answer FROM answered_questions
WHERE tenant_id = $1 AND scope = $2 AND form = $3 AND answered_at >= $4
ORDER BY answered_at DESC LIMIT 16
-- Limit
--   ->  Index Scan Backward using answered_questions_answered_at on answered_questions
--         Index Cond: ((tenant_id = 't'::text) AND (answered_at >= '2026-01-01 00:00:00+00'::timestamp with time zone))
--         Filter: ((scope = 'scope'::text) AND (form = 'form'::text))

-- similarities
SELECT key, 1 - (embedding <=> $4::vector) AS similarity FROM answered_question_embeddings
WHERE tenant_id = $1 AND key = ANY($2) AND model_id = $3
-- Index Scan using answered_question_embeddings_model on answered_question_embeddings
--   Index Cond: (model_id = 1)
--   Filter: ((key = ANY ('{key}'::text[])) AND (tenant_id = 't'::text))

-- deleteOlder
DELETE FROM answered_questions WHERE answered_at < $1
-- Delete on answered_questions
--   ->  Index Scan using answered_questions_answered_at on answered_questions
--         Index Cond: (answered_at < '2026-01-01 00:00:00+00'::timestamp with time zone)
