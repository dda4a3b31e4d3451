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
SELECT whole.last::text, c.id::text, c.tenant_id, c.document_id, d.title, c.heading, c.text
FROM (SELECT max(id) AS last FROM page) AS whole LEFT JOIN (
  page JOIN chunks c ON c.tenant_id = page.tenant_id AND c.id = page.id AND NOT EXISTS (
    SELECT FROM chunk_embeddings e JOIN embedding_models m ON m.id = e.model_id
    WHERE e.tenant_id = c.tenant_id AND e.chunk_id = c.id AND m.name = $1)
  AND NOT EXISTS (
    SELECT FROM embedding_refusals r WHERE r.tenant_id = c.tenant_id AND r.chunk_id = c.id AND r.model = $1)
  JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
) ON true
ORDER BY c.id
-- Sort
--   Sort Key: c.id
--   CTE page
--     ->  Limit
--           ->  Index Scan using chunks_id on chunks
--                 Index Cond: (id > '0'::bigint)
--   ->  Nested Loop Left Join
--         ->  Aggregate
--               ->  CTE Scan on page page_1
--         ->  Nested Loop
--               ->  Nested Loop Anti Join
--                     ->  Nested Loop Anti Join
--                           ->  Merge Join
--                                 Merge Cond: (page.id = c.id)
--                                 Join Filter: (page.tenant_id = c.tenant_id)
--                                 ->  CTE Scan on page
--                                 ->  Index Scan using chunks_id on chunks c
--                           ->  Nested Loop
--                                 ->  Index Only Scan using chunk_embeddings_pkey on chunk_embeddings e
--                                       Index Cond: ((tenant_id = c.tenant_id) AND (chunk_id = c.id))
--                                 ->  Index Scan using embedding_models_pkey on embedding_models m
--                                       Index Cond: (id = e.model_id)
--                                       Filter: (name = 'a-model'::text)
--                     ->  Index Only Scan using embedding_refusals_pkey on embedding_refusals r
--                           Index Cond: ((tenant_id = c.tenant_id) AND (chunk_id = c.id) AND (model = 'a-model'::text))
--               ->  Index Scan using documents_pkey on documents d
--                     Index Cond: ((tenant_id = c.tenant_id) AND (id = c.document_id))

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
      SELECT FROM chunk_embeddings e JOIN embedding_models m ON m.id = e.model_id
      WHERE e.tenant_id = c.tenant_id AND e.chunk_id = c.id AND m.name = $1)
    AND NOT EXISTS (
      SELECT FROM embedding_refusals r
      WHERE r.tenant_id = c.tenant_id AND r.chunk_id = c.id AND r.model = $1)
    LIMIT $3) AS missing) AS waiting
-- Result
--   InitPlan 1
--     ->  Aggregate
--           ->  Index Only Scan using embedding_refusals_due on embedding_refusals
--                 Index Cond: (model = 'a-model'::text)
--   InitPlan 2
--     ->  Aggregate
--           ->  Limit
--                 ->  Nested Loop Anti Join
--                       ->  Hash Anti Join
--                             Hash Cond: ((c.tenant_id = e.tenant_id) AND (c.id = e.chunk_id))
--                             ->  Index Scan using chunks_id on chunks c
--                                   Index Cond: (id > '0'::bigint)
--                             ->  Hash
--                                   ->  Nested Loop
--                                         Join Filter: (m.id = e.model_id)
--                                         ->  Index Scan using embedding_models_pkey on embedding_models m
--                                               Filter: (name = 'a-model'::text)
--                                         ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings e
--                       ->  Index Only Scan using embedding_refusals_pkey on embedding_refusals r
--                             Index Cond: ((tenant_id = c.tenant_id) AND (chunk_id = c.id) AND (model = 'a-model'::text))

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
