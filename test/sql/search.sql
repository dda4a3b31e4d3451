-- searchText
SELECT * FROM question_terms($1, $2, $3)
-- Function Scan on question_terms

-- searchText
SELECT d.id AS document_id, c.id::text AS chunk_id, c.ordinal, d.title, d.url, c.heading, c.text, c.tokens, score, NULL::float8 AS similarity, array(SELECT array[t.id, t.chunks] FROM unnest(heading_terms) AS term
  CROSS JOIN LATERAL (SELECT id, chunks FROM terms WHERE tenant_id = $1 AND id = term OFFSET 0) AS t) AS heading_terms FROM (
  SELECT chunk_id, heading_terms,
  -(weights <#> $2::sparsevec) / (1 - 0.15 + 0.15 * (words / $3::float8)) AS score
  FROM (
    SELECT chunk_id, weights, words, heading_terms FROM (SELECT * FROM chunk_terms WHERE terms && $4::int[] OFFSET 0) AS matching WHERE tenant_id = $1 LIMIT 20000
  ) AS candidates
  ORDER BY score DESC, chunk_id LIMIT $5
) AS ranked CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d
ORDER BY score DESC, c.id
-- Incremental Sort
--   Sort Key: (((- (candidates.weights <#> '{29:0.0004996253,59:2.9867814}/1000000000'::sparsevec)) / ('0.85'::double precision + ('0.15'::double precision * ((candidates.words)::double precision / '3'::double precision))))) DESC, chunks.id
--   Presorted Key: (((- (candidates.weights <#> '{29:0.0004996253,59:2.9867814}/1000000000'::sparsevec)) / ('0.85'::double precision + ('0.15'::double precision * ((candidates.words)::double precision / '3'::double precision)))))
--   ->  Nested Loop
--         ->  Nested Loop
--               ->  Limit
--                     ->  Sort
--                           Sort Key: (((- (candidates.weights <#> '{29:0.0004996253,59:2.9867814}/1000000000'::sparsevec)) / ('0.85'::double precision + ('0.15'::double precision * ((candidates.words)::double precision / '3'::double precision))))) DESC, candidates.chunk_id
--                           ->  Subquery Scan on candidates
--                                 ->  Limit
--                                       ->  Subquery Scan on matching
--                                             Filter: (matching.tenant_id = 't'::text)
--                                             ->  Bitmap Heap Scan on chunk_terms
--                                                   Recheck Cond: (terms && '{59,29}'::integer[])
--                                                   ->  Bitmap Index Scan on chunk_terms_terms
--                                                         Index Cond: (terms && '{59,29}'::integer[])
--               ->  Index Scan using chunks_id on chunks
--                     Index Cond: (id = candidates.chunk_id)
--                     Filter: (tenant_id = 't'::text)
--         ->  Memoize
--               Cache Key: chunks.document_id
--               Cache Mode: binary
--               ->  Subquery Scan on d
--                     ->  Index Scan using documents_pkey on documents
--                           Index Cond: ((tenant_id = 't'::text) AND (id = chunks.document_id))
--         SubPlan 1
--           ->  Nested Loop
--                 ->  Function Scan on unnest term
--                 ->  Index Scan using terms_id_tenant_id_key on terms
--                       Index Cond: ((id = term.term) AND (tenant_id = 't'::text))

-- searchText with a vector and a filter
SELECT id, dimension FROM embedding_models WHERE name = $1
-- Index Scan using embedding_models_name_key on embedding_models
--   Index Cond: (name = 'a-model'::text)

-- searchText with a vector and a filter
SELECT d.id AS document_id, c.id::text AS chunk_id, c.ordinal, d.title, d.url, c.heading, c.text, c.tokens, score, (SELECT 1 - (e.embedding <=> $6::vector) FROM chunk_embeddings e
  WHERE e.tenant_id = $1 AND e.chunk_id = c.id AND e.model_id = 1) AS similarity, array(SELECT array[t.id, t.chunks] FROM unnest(heading_terms) AS term
  CROSS JOIN LATERAL (SELECT id, chunks FROM terms WHERE tenant_id = $1 AND id = term OFFSET 0) AS t) AS heading_terms FROM (
  SELECT chunk_id, heading_terms,
  -(weights <#> $2::sparsevec) / (1 - 0.15 + 0.15 * (words / $3::float8)) AS score
  FROM (
    SELECT chunk_id, weights, words, heading_terms FROM (SELECT * FROM chunk_terms WHERE terms && $4::int[] OFFSET 0) AS matching WHERE tenant_id = $1 LIMIT 20000
  ) AS candidates CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
  CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d WHERE (d.metadata @> $7::jsonb OR d.metadata @> $8::jsonb)
  ORDER BY score DESC, chunk_id LIMIT $5
) AS ranked CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d
ORDER BY score DESC, c.id
-- Incremental Sort
--   Sort Key: (((- (matching.weights <#> '{29:0.0004996253,59:2.9867814}/1000000000'::sparsevec)) / ('0.85'::double precision + ('0.15'::double precision * ((matching.words)::double precision / '3'::double precision))))) DESC, chunks_1.id
--   Presorted Key: (((- (matching.weights <#> '{29:0.0004996253,59:2.9867814}/1000000000'::sparsevec)) / ('0.85'::double precision + ('0.15'::double precision * ((matching.words)::double precision / '3'::double precision)))))
--   ->  Nested Loop
--         ->  Nested Loop
--               ->  Limit
--                     ->  Sort
--                           Sort Key: (((- (matching.weights <#> '{29:0.0004996253,59:2.9867814}/1000000000'::sparsevec)) / ('0.85'::double precision + ('0.15'::double precision * ((matching.words)::double precision / '3'::double precision))))) DESC, matching.chunk_id
--                           ->  Nested Loop
--                                 ->  Nested Loop
--                                       ->  Limit
--                                             ->  Subquery Scan on matching
--                                                   Filter: (matching.tenant_id = 't'::text)
--                                                   ->  Bitmap Heap Scan on chunk_terms
--                                                         Recheck Cond: (terms && '{59,29}'::integer[])
--                                                         ->  Bitmap Index Scan on chunk_terms_terms
--                                                               Index Cond: (terms && '{59,29}'::integer[])
--                                       ->  Index Scan using chunks_id on chunks
--                                             Index Cond: (id = matching.chunk_id)
--                                             Filter: (tenant_id = 't'::text)
--                                 ->  Memoize
--                                       Cache Key: chunks.document_id
--                                       Cache Mode: binary
--                                       ->  Subquery Scan on d_1
--                                             Filter: ((d_1.metadata @> '{"n": 3}'::jsonb) OR (d_1.metadata @> '{"n": [3]}'::jsonb))
--                                             ->  Index Scan using documents_pkey on documents
--                                                   Index Cond: ((tenant_id = 't'::text) AND (id = chunks.document_id))
--               ->  Index Scan using chunks_id on chunks chunks_1
--                     Index Cond: (id = matching.chunk_id)
--                     Filter: (tenant_id = 't'::text)
--         ->  Memoize
--               Cache Key: chunks_1.document_id
--               Cache Mode: binary
--               ->  Subquery Scan on d
--                     ->  Index Scan using documents_pkey on documents documents_1
--                           Index Cond: ((tenant_id = 't'::text) AND (id = chunks_1.document_id))
--         SubPlan 1
--           ->  Index Scan using chunk_embeddings_model on chunk_embeddings e
--                 Index Cond: ((model_id = 1) AND (tenant_id = 't'::text) AND (chunk_id = chunks_1.id))
--         SubPlan 2
--           ->  Nested Loop
--                 ->  Function Scan on unnest term
--                 ->  Index Scan using terms_id_tenant_id_key on terms
--                       Index Cond: ((id = term.term) AND (tenant_id = 't'::text))

-- searchVector
SELECT found.*, are_few FROM (
  SELECT coalesce(sum(chunks), 0)::float8 AS chunks FROM corpus_languages WHERE tenant_id = $1
) AS tenant, LATERAL (
  SELECT greatest(tenant.chunks, max(reltuples)) AS chunks FROM pg_class
  WHERE oid = to_regclass('chunk_embeddings_model_1')
) AS indexed, LATERAL (
  SELECT set_config('hnsw.iterative_scan', 'off', true) AS scan,
  set_config('hnsw.ef_search', least(1000, greatest(200, 4 * power(indexed.chunks, 0.4)))::integer::text, true),
  set_config('hnsw.max_scan_tuples', '100000', true) OFFSET 0
) AS setting, LATERAL (
  SELECT tenant.chunks <= 10000  AS are_few OFFSET 0
) AS candidates LEFT JOIN LATERAL (
  SELECT d.id AS document_id, c.id::text AS chunk_id, c.ordinal, d.title, d.url, c.heading, c.text, c.tokens, 1 - distance AS score FROM (
    (SELECT e.chunk_id, e.embedding <=> $2::vector AS distance FROM chunk_embeddings e WHERE e.tenant_id = $1 AND e.model_id = 1 AND candidates.are_few ORDER BY e.embedding <=> $2::vector LIMIT $3)
    UNION ALL
    (SELECT e.chunk_id, e.embedding::vector(3) <=> $2::vector(3) AS distance FROM chunk_embeddings e WHERE e.tenant_id = $1 AND e.model_id = 1 AND NOT candidates.are_few AND setting.scan = 'off' ORDER BY e.embedding::vector(3) <=> $2::vector(3) LIMIT $3)
  ) AS neighbours CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
  CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d
) AS found ON true
ORDER BY score DESC
-- Sort
--   Sort Key: (('1'::double precision - "*SELECT* 1".distance)) DESC
--   ->  Nested Loop Left Join
--         ->  Nested Loop
--               ->  Nested Loop
--                     ->  Nested Loop
--                           ->  Aggregate
--                                 ->  Index Scan using corpus_languages_pkey on corpus_languages
--                                       Index Cond: (tenant_id = 't'::text)
--                           ->  Aggregate
--                                 ->  Index Scan using pg_class_oid_index on pg_class
--                                       Index Cond: (oid = (to_regclass('chunk_embeddings_model_1'::text))::oid)
--                     ->  Result
--               ->  Result
--         ->  Nested Loop
--               ->  Nested Loop
--                     ->  Append
--                           ->  Subquery Scan on "*SELECT* 1"
--                                 ->  Limit
--                                       ->  Sort
--                                             Sort Key: ((e.embedding <=> '[1,0,0]'::vector))
--                                             ->  Result
--                                                   One-Time Filter: ((((COALESCE(sum(corpus_languages.chunks), '0'::numeric))::double precision) <= '10000'::double precision))
--                                                   ->  Bitmap Heap Scan on chunk_embeddings e
--                                                         Recheck Cond: ((model_id = 1) AND (tenant_id = 't'::text))
--                                                         ->  Bitmap Index Scan on chunk_embeddings_model
--                                                               Index Cond: ((model_id = 1) AND (tenant_id = 't'::text))
--                           ->  Subquery Scan on "*SELECT* 2"
--                                 ->  Limit
--                                       ->  Result
--                                             One-Time Filter: ((NOT ((((COALESCE(sum(corpus_languages.chunks), '0'::numeric))::double precision) <= '10000'::double precision))) AND ((set_config('hnsw.iterative_scan'::text, 'off'::text, true)) = 'off'::text))
--                                             ->  Index Scan using chunk_embeddings_model_1 on chunk_embeddings e_1
--                                                   Order By: ((embedding)::vector(3) <=> '[1,0,0]'::vector(3))
--                                                   Filter: (tenant_id = 't'::text)
--                     ->  Index Scan using chunks_id on chunks
--                           Index Cond: (id = "*SELECT* 1".chunk_id)
--                           Filter: (tenant_id = 't'::text)
--               ->  Memoize
--                     Cache Key: chunks.document_id
--                     Cache Mode: binary
--                     ->  Subquery Scan on d
--                           ->  Index Scan using documents_pkey on documents
--                                 Index Cond: ((tenant_id = 't'::text) AND (id = chunks.document_id))

-- searchVector with a filter
SELECT found.*, are_few FROM (
  SELECT coalesce(sum(chunks), 0)::float8 AS chunks FROM corpus_languages WHERE tenant_id = $1
) AS tenant, LATERAL (
  SELECT greatest(tenant.chunks, max(reltuples)) AS chunks FROM pg_class
  WHERE oid = to_regclass('chunk_embeddings_model_1')
) AS indexed, LATERAL (
  SELECT set_config('hnsw.iterative_scan', 'off', true) AS scan,
  set_config('hnsw.ef_search', least(1000, greatest(200, 6 * power(indexed.chunks, 0.4)))::integer::text, true),
  set_config('hnsw.max_scan_tuples', '100000', true) OFFSET 0
) AS setting, LATERAL (
  SELECT tenant.chunks <= 10000 OR (SELECT count(*) FROM (
      SELECT FROM (SELECT id FROM documents d WHERE tenant_id = $1 AND (d.metadata @> $4::jsonb OR d.metadata @> $5::jsonb) OFFSET 0) AS d
      CROSS JOIN LATERAL (SELECT id FROM chunks WHERE tenant_id = $1 AND document_id = d.id OFFSET 0) AS c LIMIT 10001) AS passing) <= 10000 AS are_few OFFSET 0
) AS candidates LEFT JOIN LATERAL (
  SELECT d.id AS document_id, c.id::text AS chunk_id, c.ordinal, d.title, d.url, c.heading, c.text, c.tokens, 1 - distance AS score FROM (
    (SELECT e.chunk_id, e.embedding <=> $2::vector AS distance FROM chunk_embeddings e WHERE e.tenant_id = $1 AND e.model_id = 1 AND chunk_id = ANY(ARRAY(SELECT c.id FROM (SELECT id FROM documents d WHERE tenant_id = $1 AND (d.metadata @> $4::jsonb OR d.metadata @> $5::jsonb) OFFSET 0) AS d
          CROSS JOIN LATERAL (SELECT id FROM chunks WHERE tenant_id = $1 AND document_id = d.id OFFSET 0) AS c LIMIT 20000)) AND candidates.are_few ORDER BY e.embedding <=> $2::vector LIMIT $3)
    UNION ALL
    (SELECT e.chunk_id, e.embedding::vector(3) <=> $2::vector(3) AS distance FROM chunk_embeddings e CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
      CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d WHERE (d.metadata @> $4::jsonb OR d.metadata @> $5::jsonb) AND e.tenant_id = $1 AND e.model_id = 1 AND NOT candidates.are_few AND setting.scan = 'off' ORDER BY e.embedding::vector(3) <=> $2::vector(3) LIMIT $3)
  ) AS neighbours CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
  CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d
) AS found ON true
ORDER BY score DESC
-- Sort
--   Sort Key: (('1'::double precision - "*SELECT* 1".distance)) DESC
--   ->  Nested Loop Left Join
--         ->  Nested Loop
--               ->  Nested Loop
--                     ->  Nested Loop
--                           ->  Aggregate
--                                 ->  Index Scan using corpus_languages_pkey on corpus_languages
--                                       Index Cond: (tenant_id = 't'::text)
--                           ->  Aggregate
--                                 ->  Index Scan using pg_class_oid_index on pg_class
--                                       Index Cond: (oid = (to_regclass('chunk_embeddings_model_1'::text))::oid)
--                     ->  Result
--               ->  Result
--                     InitPlan 1
--                       ->  Aggregate
--                             ->  Limit
--                                   ->  Nested Loop
--                                         ->  Index Scan using documents_pkey on documents d_2
--                                               Index Cond: (tenant_id = 't'::text)
--                                               Filter: ((metadata @> '{"n": 3}'::jsonb) OR (metadata @> '{"n": [3]}'::jsonb))
--                                         ->  Bitmap Heap Scan on chunks chunks_2
--                                               Recheck Cond: ((document_id = d_2.id) AND (tenant_id = 't'::text))
--                                               ->  Bitmap Index Scan on chunks_document
--                                                     Index Cond: ((document_id = d_2.id) AND (tenant_id = 't'::text))
--         ->  Nested Loop
--               ->  Nested Loop
--                     ->  Append
--                           ->  Subquery Scan on "*SELECT* 1"
--                                 ->  Limit
--                                       InitPlan 2
--                                         ->  Limit
--                                               ->  Nested Loop
--                                                     ->  Index Scan using documents_pkey on documents d_3
--                                                           Index Cond: (tenant_id = 't'::text)
--                                                           Filter: ((metadata @> '{"n": 3}'::jsonb) OR (metadata @> '{"n": [3]}'::jsonb))
--                                                     ->  Bitmap Heap Scan on chunks chunks_3
--                                                           Recheck Cond: ((document_id = d_3.id) AND (tenant_id = 't'::text))
--                                                           ->  Bitmap Index Scan on chunks_document
--                                                                 Index Cond: ((document_id = d_3.id) AND (tenant_id = 't'::text))
--                                       ->  Sort
--                                             Sort Key: ((e.embedding <=> '[1,0,0]'::vector))
--                                             ->  Result
--                                                   One-Time Filter: (((((COALESCE(sum(corpus_languages.chunks), '0'::numeric))::double precision) <= '10000'::double precision) OR ((InitPlan 1).col1 <= 10000)))
--                                                   ->  Index Scan using chunk_embeddings_model on chunk_embeddings e
--                                                         Index Cond: ((model_id = 1) AND (tenant_id = 't'::text) AND (chunk_id = ANY ((InitPlan 2).col1)))
--                           ->  Subquery Scan on "*SELECT* 2"
--                                 ->  Limit
--                                       ->  Result
--                                             One-Time Filter: ((NOT (((((COALESCE(sum(corpus_languages.chunks), '0'::numeric))::double precision) <= '10000'::double precision) OR ((InitPlan 1).col1 <= 10000)))) AND ((set_config('hnsw.iterative_scan'::text, 'off'::text, true)) = 'off'::text))
--                                             ->  Nested Loop
--                                                   ->  Nested Loop
--                                                         ->  Index Scan using chunk_embeddings_model_1 on chunk_embeddings e_1
--                                                               Order By: ((embedding)::vector(3) <=> '[1,0,0]'::vector(3))
--                                                               Filter: (tenant_id = 't'::text)
--                                                         ->  Index Scan using chunks_id on chunks
--                                                               Index Cond: (id = e_1.chunk_id)
--                                                               Filter: (tenant_id = 't'::text)
--                                                   ->  Memoize
--                                                         Cache Key: chunks.document_id
--                                                         Cache Mode: binary
--                                                         ->  Subquery Scan on d_1
--                                                               Filter: ((d_1.metadata @> '{"n": 3}'::jsonb) OR (d_1.metadata @> '{"n": [3]}'::jsonb))
--                                                               ->  Index Scan using documents_pkey on documents
--                                                                     Index Cond: ((tenant_id = 't'::text) AND (id = chunks.document_id))
--                     ->  Index Scan using chunks_id on chunks chunks_1
--                           Index Cond: (id = "*SELECT* 1".chunk_id)
--                           Filter: (tenant_id = 't'::text)
--               ->  Memoize
--                     Cache Key: chunks_1.document_id
--                     Cache Mode: binary
--                     ->  Subquery Scan on d
--                           ->  Index Scan using documents_pkey on documents documents_1
--                                 Index Cond: ((tenant_id = 't'::text) AND (id = chunks_1.document_id))
