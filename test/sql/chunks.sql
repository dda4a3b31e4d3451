-- list
SELECT * FROM (
  SELECT c.id::text AS chunk_id, c.ordinal, c.heading, c.text, c.tokens, r.refusal,
  CASE WHEN e.model_id IS NOT NULL THEN 'ready' WHEN r.refusal IS NOT NULL THEN 'refused'
  ELSE 'pending' END AS embedding
  FROM chunks c
  LEFT JOIN LATERAL (
    SELECT model_id FROM chunk_embeddings WHERE tenant_id = c.tenant_id AND chunk_id = c.id
    AND model_id = (SELECT id FROM embedding_models WHERE name = $2) OFFSET 0) AS e ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object('cause', cause, 'attempts', attempts,
      'refused_at', to_char(refused_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'retry_at', to_char(retry_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS refusal
    FROM embedding_refusals WHERE tenant_id = c.tenant_id AND chunk_id = c.id AND model = $2 OFFSET 0
  ) AS r ON e.model_id IS NULL
  WHERE c.tenant_id = $1 AND c.document_id = $3 AND c.ordinal > $4
) AS listed
WHERE $6::text IS NULL OR embedding = $6 ORDER BY ordinal LIMIT $5
-- Limit
--   ->  Nested Loop Left Join
--         Join Filter: (chunk_embeddings.model_id IS NULL)
--         ->  Nested Loop Left Join
--               ->  Index Scan using chunks_document on chunks c
--                     Index Cond: ((document_id = 'd1'::text) AND (tenant_id = 't'::text) AND (ordinal > '-1'::integer))
--               ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                     Index Cond: ((model_id = (InitPlan 1).col1) AND (tenant_id = c.tenant_id) AND (chunk_id = c.id))
--                     InitPlan 1
--                       ->  Index Scan using embedding_models_name_key on embedding_models
--                             Index Cond: (name = 'a-model'::text)
--         ->  Index Scan using embedding_refusals_due on embedding_refusals
--               Index Cond: (model = 'a-model'::text)
--               Filter: ((tenant_id = c.tenant_id) AND (chunk_id = c.id))
