-- find
SELECT m.id, m.name, m.dimension FROM serving_model s JOIN embedding_models m ON m.id = s.model_id
-- Nested Loop
--   Join Filter: (m.id = s.model_id)
--   ->  Seq Scan on serving_model s
--         Disabled: true
--   ->  Index Scan using embedding_models_pkey on embedding_models m

-- choose
SELECT m.id, m.name, m.dimension FROM embedding_models m LEFT JOIN serving_model s ON s.model_id = m.id
WHERE m.name = $1 OR (s.model_id IS NOT NULL AND m.name = ANY($2))
ORDER BY s.model_id NULLS LAST LIMIT 1
-- Limit
--   ->  Sort
--         Sort Key: s.model_id
--         ->  Nested Loop Left Join
--               Join Filter: (s.model_id = m.id)
--               Filter: ((m.name = 'a-model'::text) OR ((s.model_id IS NOT NULL) AND (m.name = ANY ('{a-model}'::text[]))))
--               ->  Index Scan using embedding_models_pkey on embedding_models m
--               ->  Seq Scan on serving_model s
--                     Disabled: true

-- registerProcess
WITH gone AS (
  DELETE FROM embedding_registrations WHERE registered_at <= now() - interval '600 s' AND process <> $1
)
INSERT INTO embedding_registrations (process, instance, model, registered_at) VALUES ($1, $2, $3, now())
ON CONFLICT (process) DO UPDATE SET model = excluded.model, registered_at = excluded.registered_at
-- Insert on embedding_registrations
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: embedding_registrations_pkey
--   CTE gone
--     ->  Delete on embedding_registrations embedding_registrations_1
--           ->  Seq Scan on embedding_registrations embedding_registrations_1
--                 Disabled: true
--                 Filter: ((process <> '00000000-0000-4000-8000-000000000001'::uuid) AND (registered_at <= (now() - '00:10:00'::interval)))
--   ->  Result

-- unregisterInstance
DELETE FROM embedding_registrations WHERE instance = $1
-- Delete on embedding_registrations
--   ->  Seq Scan on embedding_registrations
--         Disabled: true
--         Filter: (instance = 'an-instance'::text)

-- findOtherModels
SELECT w.instance FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model <> $1 ORDER BY 1 LIMIT 20
-- Limit
--   ->  Sort
--         Sort Key: instance
--         ->  Seq Scan on embedding_registrations w
--               Disabled: true
--               Filter: ((model <> 'a-model'::text) AND (registered_at > (now() - '00:10:00'::interval)))

-- unregisterProcess
DELETE FROM embedding_registrations WHERE process = $1
-- Delete on embedding_registrations
--   ->  Index Scan using embedding_registrations_pkey on embedding_registrations
--         Index Cond: (process = '00000000-0000-4000-8000-000000000001'::uuid)

-- progress
SELECT (SELECT count(*) FROM chunks) AS total,
(SELECT count(*) FROM chunk_embeddings
  WHERE model_id = (SELECT id FROM embedding_models WHERE name = $1)) AS done
-- Result
--   InitPlan 1
--     ->  Aggregate
--           ->  Bitmap Heap Scan on chunks
--                 ->  Bitmap Index Scan on chunks_id
--   InitPlan 3
--     ->  Aggregate
--           InitPlan 2
--             ->  Index Scan using embedding_models_name_key on embedding_models
--                   Index Cond: (name = 'a-model'::text)
--           ->  Bitmap Heap Scan on chunk_embeddings
--                 Recheck Cond: (model_id = (InitPlan 2).col1)
--                 ->  Bitmap Index Scan on chunk_embeddings_model
--                       Index Cond: (model_id = (InitPlan 2).col1)

-- switchTo
UPDATE serving_model SET model_id = 1, switched_at = now()
WHERE model_id <> 1 AND EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('chunk_embeddings_model_1') AND indisvalid) AND NOT EXISTS (SELECT FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model <> $1)
AND (SELECT count(*) FROM chunk_embeddings WHERE model_id = 1)
>= (SELECT count(*) FROM chunks) * (1 - 0.01)
RETURNING model_id
-- Update on serving_model
--   InitPlan 1
--     ->  Index Scan using pg_index_indexrelid_index on pg_index
--           Index Cond: (indexrelid = (to_regclass('chunk_embeddings_model_1'::text))::oid)
--           Filter: indisvalid
--   InitPlan 2
--     ->  Seq Scan on embedding_registrations w
--           Disabled: true
--           Filter: ((model <> 'a-model'::text) AND (registered_at > (now() - '00:10:00'::interval)))
--   InitPlan 3
--     ->  Aggregate
--           ->  Bitmap Heap Scan on chunk_embeddings
--                 Recheck Cond: (model_id = 1)
--                 ->  Bitmap Index Scan on chunk_embeddings_model
--                       Index Cond: (model_id = 1)
--   InitPlan 4
--     ->  Aggregate
--           ->  Bitmap Heap Scan on chunks
--                 ->  Bitmap Index Scan on chunks_id
--   ->  Result
--         One-Time Filter: ((InitPlan 1).col1 AND (NOT (InitPlan 2).col1) AND (((InitPlan 3).col1)::numeric >= (((InitPlan 4).col1)::numeric * 0.99)))
--         ->  Seq Scan on serving_model
--               Disabled: true
--               Filter: (model_id <> 1)

-- switchTo
SELECT FROM corpora ORDER BY tenant_id FOR UPDATE
-- LockRows
--   ->  Index Scan using corpora_pkey on corpora

-- switchTo
UPDATE corpora SET revision = revision + 1
-- Update on corpora
--   ->  Seq Scan on corpora
--         Disabled: true

-- findRetired
SELECT m.id, m.name, m.dimension FROM embedding_models m JOIN serving_model s ON s.model_id <> m.id
WHERE s.switched_at < now() - interval '3600 s'
AND NOT EXISTS (SELECT FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model = m.name)
-- Nested Loop
--   Join Filter: (s.model_id <> m.id)
--   ->  Hash Right Anti Join
--         Hash Cond: (w.model = m.name)
--         ->  Seq Scan on embedding_registrations w
--               Disabled: true
--               Filter: (registered_at > (now() - '00:10:00'::interval))
--         ->  Hash
--               ->  Index Scan using embedding_models_name_key on embedding_models m
--   ->  Seq Scan on serving_model s
--         Disabled: true
--         Filter: (switched_at < (now() - '01:00:00'::interval))

-- drop
DELETE FROM chunk_embeddings WHERE model_id = 3 AND NOT EXISTS (SELECT FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model = $1)
AND (tenant_id, chunk_id) IN (SELECT tenant_id, chunk_id FROM chunk_embeddings WHERE model_id = 3 LIMIT 1000)
RETURNING 1
-- Delete on chunk_embeddings
--   InitPlan 1
--     ->  Seq Scan on embedding_registrations w
--           Disabled: true
--           Filter: ((model = 'retired'::text) AND (registered_at > (now() - '00:10:00'::interval)))
--   ->  Result
--         One-Time Filter: (NOT (InitPlan 1).col1)
--         ->  Nested Loop Semi Join
--               Join Filter: (("ANY_subquery".tenant_id = chunk_embeddings.tenant_id) AND ("ANY_subquery".chunk_id = chunk_embeddings.chunk_id))
--               ->  Index Scan using chunk_embeddings_model on chunk_embeddings
--                     Index Cond: (model_id = 3)
--               ->  Subquery Scan on "ANY_subquery"
--                     ->  Limit
--                           ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings chunk_embeddings_1
--                                 Index Cond: (model_id = 3)

-- drop
DELETE FROM answered_question_embeddings WHERE model_id = 3 AND NOT EXISTS (SELECT FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model = $1)
AND (tenant_id, key) IN (SELECT tenant_id, key FROM answered_question_embeddings WHERE model_id = 3 LIMIT 1000)
RETURNING 1
-- Delete on answered_question_embeddings
--   InitPlan 1
--     ->  Seq Scan on embedding_registrations w
--           Disabled: true
--           Filter: ((model = 'retired'::text) AND (registered_at > (now() - '00:10:00'::interval)))
--   ->  Result
--         One-Time Filter: (NOT (InitPlan 1).col1)
--         ->  Nested Loop Semi Join
--               Join Filter: ((answered_question_embeddings.tenant_id = "ANY_subquery".tenant_id) AND (answered_question_embeddings.key = "ANY_subquery".key))
--               ->  Index Scan using answered_question_embeddings_pkey on answered_question_embeddings
--                     Index Cond: (model_id = 3)
--               ->  Subquery Scan on "ANY_subquery"
--                     ->  Limit
--                           ->  Index Scan using answered_question_embeddings_model on answered_question_embeddings answered_question_embeddings_1
--                                 Index Cond: (model_id = 3)

-- drop
DELETE FROM embedding_refusals WHERE model = $1 AND NOT EXISTS (SELECT FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model = $1)
-- Delete on embedding_refusals
--   InitPlan 1
--     ->  Seq Scan on embedding_registrations w
--           Disabled: true
--           Filter: ((model = 'retired'::text) AND (registered_at > (now() - '00:10:00'::interval)))
--   ->  Result
--         One-Time Filter: (NOT (InitPlan 1).col1)
--         ->  Index Scan using embedding_refusals_due on embedding_refusals
--               Index Cond: (model = 'retired'::text)

-- drop
DELETE FROM embedding_models m WHERE id = 3 AND NOT EXISTS (SELECT FROM embedding_registrations w WHERE w.registered_at > now() - interval '600 s' AND w.model = $1)
AND NOT EXISTS (SELECT FROM serving_model WHERE model_id = m.id)
AND NOT EXISTS (SELECT FROM chunk_embeddings WHERE model_id = m.id)
AND NOT EXISTS (SELECT FROM answered_question_embeddings WHERE model_id = m.id)
-- Delete on embedding_models m
--   InitPlan 1
--     ->  Seq Scan on embedding_registrations w
--           Disabled: true
--           Filter: ((model = 'retired'::text) AND (registered_at > (now() - '00:10:00'::interval)))
--   ->  Result
--         One-Time Filter: (NOT (InitPlan 1).col1)
--         ->  Nested Loop Anti Join
--               ->  Nested Loop Anti Join
--                     ->  Nested Loop Anti Join
--                           ->  Index Scan using embedding_models_pkey on embedding_models m
--                                 Index Cond: (id = 3)
--                           ->  Seq Scan on serving_model
--                                 Disabled: true
--                                 Filter: (model_id = 3)
--                     ->  Index Scan using chunk_embeddings_model on chunk_embeddings
--                           Index Cond: (model_id = 3)
--               ->  Index Scan using answered_question_embeddings_model on answered_question_embeddings
--                     Index Cond: (model_id = 3)
