-- findModel
SELECT id, dimension FROM embedding_models WHERE name = $1
-- Index Scan using embedding_models_name_key on embedding_models
--   Index Cond: (name = 'a-model'::text)

-- registerModel
INSERT INTO embedding_models (name, dimension) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
-- Insert on embedding_models
--   Conflict Resolution: NOTHING
--   Conflict Arbiter Indexes: embedding_models_name_key
--   ->  Result

-- registerModel
INSERT INTO serving_model (model_id) VALUES ($1) ON CONFLICT (only_row) DO NOTHING
-- Insert on serving_model
--   Conflict Resolution: NOTHING
--   Conflict Arbiter Indexes: serving_model_pkey
--   ->  Result

-- pendingChunks
WITH page AS MATERIALIZED (
  SELECT tenant_id, id FROM chunks
  WHERE id > $5 AND ($3::text IS NULL OR tenant_id = $3) AND ($4::text[] IS NULL OR document_id = ANY($4))
  ORDER BY id LIMIT $2
)
SELECT whole.last::text, page.id::text, page.tenant_id, c.document_id, c.title, c.heading, c.text
FROM (SELECT max(id) AS last FROM page) AS whole
LEFT JOIN (page CROSS JOIN LATERAL (
    SELECT c.document_id, c.heading, c.text,
    (SELECT title FROM documents WHERE tenant_id = c.tenant_id AND id = c.document_id)
    FROM chunks c WHERE c.tenant_id = page.tenant_id AND c.id = page.id OFFSET 0
  ) AS c) ON NOT EXISTS (
  SELECT FROM chunk_embeddings WHERE tenant_id = page.tenant_id AND chunk_id = page.id
  AND model_id = (SELECT id FROM embedding_models WHERE name = $1) OFFSET 0)
AND NOT EXISTS (
  SELECT FROM embedding_refusals
  WHERE tenant_id = page.tenant_id AND chunk_id = page.id AND model = $1 OFFSET 0)
ORDER BY page.id
-- Sort
--   Sort Key: page.id
--   CTE page
--     ->  Limit
--           ->  Index Scan using chunks_id on chunks
--                 Index Cond: (id > '0'::bigint)
--   ->  Nested Loop Left Join
--         ->  Aggregate
--               ->  CTE Scan on page page_1
--         ->  Nested Loop
--               ->  CTE Scan on page
--                     Filter: ((NOT EXISTS(SubPlan 4)) AND (NOT EXISTS(SubPlan 3)))
--                     SubPlan 4
--                       ->  Index Scan using embedding_refusals_due on embedding_refusals
--                             Index Cond: (model = 'a-model'::text)
--                             Filter: ((tenant_id = page.tenant_id) AND (chunk_id = page.id))
--                     SubPlan 3
--                       ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                             Index Cond: ((model_id = (InitPlan 2).col1) AND (tenant_id = page.tenant_id) AND (chunk_id = page.id))
--                             InitPlan 2
--                               ->  Index Scan using embedding_models_name_key on embedding_models
--                                     Index Cond: (name = 'a-model'::text)
--               ->  Index Scan using chunks_id on chunks c
--                     Index Cond: (id = page.id)
--                     Filter: (tenant_id = page.tenant_id)
--                     SubPlan 5
--                       ->  Index Scan using documents_pkey on documents
--                             Index Cond: ((tenant_id = c.tenant_id) AND (id = c.document_id))

-- readHorizon
SELECT (SELECT coalesce(max(id), 0)::text FROM chunks) AS "lastChunk",
pg_snapshot_xmin(snapshot)::text::bigint AS "oldestTransaction",
pg_snapshot_xmax(snapshot)::text::bigint AS "nextTransaction"
FROM pg_current_snapshot() AS snapshot
-- Function Scan on pg_current_snapshot snapshot
--   InitPlan 2
--     ->  Result
--           InitPlan 1
--             ->  Limit
--                   ->  Index Only Scan Backward using chunks_id on chunks

-- countMissing
SELECT (SELECT count(*)::int FROM embedding_refusals WHERE model = $1) AS refused,
(SELECT count(*)::int FROM (
    SELECT FROM chunks c WHERE c.id > $2 AND NOT EXISTS (
      SELECT FROM chunk_embeddings WHERE tenant_id = c.tenant_id AND chunk_id = c.id
      AND model_id = (SELECT id FROM embedding_models WHERE name = $1) OFFSET 0)
    AND NOT EXISTS (
      SELECT FROM embedding_refusals
      WHERE tenant_id = c.tenant_id AND chunk_id = c.id AND model = $1 OFFSET 0)
    LIMIT $3) AS missing) AS waiting
-- Result
--   InitPlan 1
--     ->  Aggregate
--           ->  Index Only Scan using embedding_refusals_due on embedding_refusals
--                 Index Cond: (model = 'a-model'::text)
--   InitPlan 5
--     ->  Aggregate
--           ->  Limit
--                 ->  Index Scan using chunks_id on chunks c
--                       Index Cond: (id > '0'::bigint)
--                       Filter: ((NOT EXISTS(SubPlan 4)) AND (NOT EXISTS(SubPlan 3)))
--                       SubPlan 4
--                         ->  Index Scan using embedding_refusals_due on embedding_refusals embedding_refusals_1
--                               Index Cond: (model = 'a-model'::text)
--                               Filter: ((tenant_id = c.tenant_id) AND (chunk_id = c.id))
--                       SubPlan 3
--                         ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                               Index Cond: ((model_id = (InitPlan 2).col1) AND (tenant_id = c.tenant_id) AND (chunk_id = c.id))
--                               InitPlan 2
--                                 ->  Index Scan using embedding_models_name_key on embedding_models
--                                       Index Cond: (name = 'a-model'::text)

-- save
WITH embedded AS (
  DELETE FROM embedding_refusals r USING unnest($2::text[], $3::bigint[]) AS v(tenant_id, chunk_id), embedding_models m
  WHERE r.tenant_id = v.tenant_id AND r.chunk_id = v.chunk_id AND r.model = m.name AND m.id = $1
)
INSERT INTO chunk_embeddings (tenant_id, chunk_id, model_id, embedding)
SELECT c.tenant_id, c.id, $1, v.embedding::vector
FROM unnest($2::text[], $3::bigint[], $4::text[]) AS v(tenant_id, chunk_id, embedding)
JOIN chunks c ON c.tenant_id = v.tenant_id AND c.id = v.chunk_id
ON CONFLICT DO NOTHING RETURNING chunk_id
-- Insert on chunk_embeddings
--   Conflict Resolution: NOTHING
--   CTE embedded
--     ->  Delete on embedding_refusals r
--           ->  Nested Loop
--                 Join Filter: (r.model = m.name)
--                 ->  Nested Loop
--                       Join Filter: ((r.tenant_id = v_1.tenant_id) AND (r.chunk_id = v_1.chunk_id))
--                       ->  Index Scan using embedding_refusals_due on embedding_refusals r
--                       ->  Function Scan on v_1
--                 ->  Index Scan using embedding_models_name_key on embedding_models m
--                       Filter: (id = 1)
--   ->  Nested Loop
--         ->  Function Scan on v
--         ->  Index Scan using chunks_id on chunks c
--               Index Cond: (id = v.chunk_id)
--               Filter: (v.tenant_id = tenant_id)
