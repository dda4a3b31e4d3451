-- contentHashes
SELECT id, content_hash FROM documents WHERE tenant_id = $1 AND id = ANY($2) AND bundled = $3
-- Index Scan using documents_pkey on documents
--   Index Cond: ((tenant_id = 't'::text) AND (id = ANY ('{d1,d2}'::text[])))
--   Filter: (NOT bundled)

-- save a new document
INSERT INTO corpora (tenant_id, revision) VALUES ($1, floor(random() * 1048576)::bigint * 4294967296 + 1)
ON CONFLICT (tenant_id) DO UPDATE SET revision = corpora.revision + 1 RETURNING revision
-- Insert on corpora
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: corpora_pkey
--   ->  Result

-- save a new document
SELECT content_hash FROM documents WHERE tenant_id = $1 AND id = $2 AND bundled = $3
-- Index Scan using documents_pkey on documents
--   Index Cond: ((tenant_id = 't'::text) AND (id = 'new'::text))
--   Filter: (NOT bundled)

-- save a new document
SELECT id FROM documents WHERE tenant_id = $1 AND bundled
-- Index Scan using documents_bundled on documents
--   Index Cond: (tenant_id = 't'::text)

-- save a new document
SELECT id::text, content_hash FROM chunks
WHERE tenant_id = $1 AND document_id = $2 ORDER BY ordinal
-- Index Scan using chunks_document on chunks
--   Index Cond: ((document_id = 'new'::text) AND (tenant_id = 't'::text))

-- save a new document
SELECT language FROM corpus_languages WHERE tenant_id = $1 AND language IS DISTINCT FROM $2 AND chunks > 0
ORDER BY chunks DESC, language LIMIT 1
-- Limit
--   ->  Sort
--         Sort Key: chunks DESC, language
--         ->  Index Scan using corpus_languages_pkey on corpus_languages
--               Index Cond: (tenant_id = 't'::text)
--               Filter: ((language IS DISTINCT FROM NULL::text) AND (chunks > 0))

-- save a new document
INSERT INTO documents (tenant_id, id, title, url, format, text, metadata, content_hash, bundled)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, id) DO UPDATE SET title = excluded.title, url = excluded.url,
format = excluded.format, text = excluded.text, metadata = excluded.metadata,
content_hash = excluded.content_hash, bundled = excluded.bundled, updated_at = now()
-- Insert on documents
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: documents_pkey
--   ->  Result

-- save a new document
INSERT INTO chunks (tenant_id, document_id, ordinal, heading, text, tokens, content_hash)
SELECT $1, $2, ordinal, heading, text, tokens, content_hash
FROM unnest($3::int[], $4::text[], $5::text[], $6::int[], $7::text[])
AS c(ordinal, heading, text, tokens, content_hash)
ORDER BY ordinal RETURNING id::text, ordinal
-- Insert on chunks
--   ->  Subquery Scan on "*SELECT*"
--         ->  Sort
--               Sort Key: c.ordinal
--               ->  Function Scan on c

-- save a new document
SELECT term, chunks FROM index_chunk_terms($1, $2::text, $3::bigint[], ARRAY(SELECT to_tsvector($2::text::regconfig, text)
    FROM unnest($4::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place), ARRAY(SELECT to_tsvector($2::text::regconfig, text)
    FROM unnest($5::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place))
-- Function Scan on index_chunk_terms
--   InitPlan 1
--     ->  Function Scan on unnest t
--   InitPlan 2
--     ->  Function Scan on unnest t_1

-- save a new document
SELECT add_term_counts($1, $2, $3)
-- Result

-- save a new document
INSERT INTO corpus_languages AS l (tenant_id, language, chunks, words)
SELECT tenant_id, language, count(*), sum(words) FROM chunk_terms
WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[]) GROUP BY 1, 2
ON CONFLICT (tenant_id, language) DO UPDATE
SET chunks = l.chunks + excluded.chunks, words = l.words + excluded.words
-- Insert on corpus_languages l
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: corpus_languages_pkey
--   ->  GroupAggregate
--         Group Key: chunk_terms.language
--         ->  Sort
--               Sort Key: chunk_terms.language
--               ->  Index Scan using chunk_terms_pkey on chunk_terms
--                     Index Cond: ((tenant_id = 't'::text) AND (chunk_id = ANY ('{2001,2002}'::bigint[])))

-- save a changed document
UPDATE corpus_languages l SET chunks = l.chunks - g.chunks, words = l.words - g.words
FROM (SELECT language, count(*) AS chunks, sum(words) AS words
  FROM chunk_terms WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[]) GROUP BY 1) g
WHERE l.tenant_id = $1 AND l.language = g.language
-- Update on corpus_languages l
--   ->  Nested Loop
--         Join Filter: (l.language = g.language)
--         ->  Index Scan using corpus_languages_pkey on corpus_languages l
--               Index Cond: (tenant_id = 't'::text)
--         ->  Subquery Scan on g
--               ->  GroupAggregate
--                     Group Key: chunk_terms.language
--                     ->  Sort
--                           Sort Key: chunk_terms.language
--                           ->  Index Scan using chunk_terms_pkey on chunk_terms
--                                 Index Cond: ((tenant_id = 't'::text) AND (chunk_id = ANY ('{2001}'::bigint[])))

-- save a changed document
SELECT chunk_id::text AS id, cardinality(terms) AS terms FROM chunk_terms
WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[])
-- Index Scan using chunk_terms_pkey on chunk_terms
--   Index Cond: ((tenant_id = 't'::text) AND (chunk_id = ANY ('{2001}'::bigint[])))

-- save a changed document
WITH gone AS (
  DELETE FROM chunk_terms WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[]) RETURNING terms
)
SELECT term, count(*)::int AS chunks FROM gone CROSS JOIN unnest(gone.terms) AS term GROUP BY term
-- HashAggregate
--   Group Key: term.term
--   CTE gone
--     ->  Delete on chunk_terms
--           ->  Index Scan using chunk_terms_pkey on chunk_terms
--                 Index Cond: ((tenant_id = 't'::text) AND (chunk_id = ANY ('{2001}'::bigint[])))
--   ->  Nested Loop
--         ->  CTE Scan on gone
--         ->  Function Scan on unnest term

-- save a changed document
SELECT subtract_term_counts($1, $2, $3)
-- Result

-- save a changed document
DELETE FROM chunks WHERE tenant_id = $1 AND id = ANY($2::bigint[])
-- Delete on chunks
--   ->  Index Scan using chunks_id on chunks
--         Index Cond: (id = ANY ('{2001}'::bigint[]))
--         Filter: (tenant_id = 't'::text)

-- save a changed document
UPDATE chunks c SET ordinal = k.ordinal
FROM unnest($2::bigint[], $3::int[]) AS k(id, ordinal)
WHERE c.tenant_id = $1 AND c.id = k.id AND c.ordinal <> k.ordinal
-- Update on chunks c
--   ->  Nested Loop
--         ->  Function Scan on k
--         ->  Index Scan using chunks_id on chunks c
--               Index Cond: (id = k.id)
--               Filter: ((tenant_id = 't'::text) AND (ordinal <> k.ordinal))

-- list
SELECT
d.id, d.title, d.url, d.format, d.metadata,
to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
c.chunks, c.pending FROM (
  SELECT * FROM documents
  WHERE tenant_id = $1 AND ($3::text IS NULL OR id > $3) AND ($5::text[] IS NULL OR NOT EXISTS (
      SELECT FROM unnest($5::text[]) AS word WHERE strpos(lower(concat(id, ' ', title)), lower(word)) = 0))
  ORDER BY id LIMIT $4
) AS d CROSS JOIN LATERAL (
  SELECT cardinality(ids) AS chunks, cardinality(ids) - (
    SELECT count(*)::int FROM chunk_embeddings
    WHERE tenant_id = d.tenant_id AND chunk_id = ANY(ids)
    AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS pending
  FROM (
    SELECT ARRAY(SELECT id FROM chunks WHERE tenant_id = d.tenant_id AND document_id = d.id) AS ids OFFSET 0
  ) AS of_document
) AS c ORDER BY d.id
-- Nested Loop
--   ->  Limit
--         ->  Index Scan using documents_pkey on documents
--               Index Cond: ((tenant_id = 't'::text) AND (id > 'd1'::text))
--   ->  Memoize
--         Cache Key: documents.tenant_id, documents.id
--         Cache Mode: binary
--         ->  Result
--               InitPlan 3
--                 ->  Bitmap Heap Scan on chunks
--                       Recheck Cond: ((document_id = documents.id) AND (tenant_id = documents.tenant_id))
--                       ->  Bitmap Index Scan on chunks_document
--                             Index Cond: ((document_id = documents.id) AND (tenant_id = documents.tenant_id))
--   SubPlan 2
--     ->  Aggregate
--           InitPlan 1
--             ->  Index Scan using embedding_models_name_key on embedding_models
--                   Index Cond: (name = 'a-model'::text)
--           ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                 Index Cond: ((model_id = (InitPlan 1).col1) AND (tenant_id = documents.tenant_id) AND (chunk_id = ANY (((InitPlan 3).col1))))

-- summarize
SELECT
d.id, d.title, d.url, d.format, d.metadata,
to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
c.chunks, c.pending FROM documents d CROSS JOIN LATERAL (
  SELECT cardinality(ids) AS chunks, cardinality(ids) - (
    SELECT count(*)::int FROM chunk_embeddings
    WHERE tenant_id = d.tenant_id AND chunk_id = ANY(ids)
    AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS pending
  FROM (
    SELECT ARRAY(SELECT id FROM chunks WHERE tenant_id = d.tenant_id AND document_id = d.id) AS ids OFFSET 0
  ) AS of_document
) AS c WHERE d.tenant_id = $1 AND d.id = $3
-- Nested Loop
--   ->  Index Scan using documents_pkey on documents d
--         Index Cond: ((tenant_id = 't'::text) AND (id = 'd1'::text))
--   ->  Result
--         InitPlan 3
--           ->  Bitmap Heap Scan on chunks
--                 Recheck Cond: ((document_id = d.id) AND (tenant_id = d.tenant_id))
--                 ->  Bitmap Index Scan on chunks_document
--                       Index Cond: ((document_id = d.id) AND (tenant_id = d.tenant_id))
--   SubPlan 2
--     ->  Aggregate
--           InitPlan 1
--             ->  Index Scan using embedding_models_name_key on embedding_models
--                   Index Cond: (name = 'a-model'::text)
--           ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                 Index Cond: ((model_id = (InitPlan 1).col1) AND (tenant_id = d.tenant_id) AND (chunk_id = ANY (((InitPlan 3).col1))))

-- find
SELECT
d.id, d.title, d.url, d.format, d.metadata,
to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
c.chunks, c.pending, d.text FROM documents d CROSS JOIN LATERAL (
  SELECT cardinality(ids) AS chunks, cardinality(ids) - (
    SELECT count(*)::int FROM chunk_embeddings
    WHERE tenant_id = d.tenant_id AND chunk_id = ANY(ids)
    AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS pending
  FROM (
    SELECT ARRAY(SELECT id FROM chunks WHERE tenant_id = d.tenant_id AND document_id = d.id) AS ids OFFSET 0
  ) AS of_document
) AS c WHERE d.tenant_id = $1 AND d.id = $3
-- Nested Loop
--   ->  Index Scan using documents_pkey on documents d
--         Index Cond: ((tenant_id = 't'::text) AND (id = 'd1'::text))
--   ->  Result
--         InitPlan 3
--           ->  Bitmap Heap Scan on chunks
--                 Recheck Cond: ((document_id = d.id) AND (tenant_id = d.tenant_id))
--                 ->  Bitmap Index Scan on chunks_document
--                       Index Cond: ((document_id = d.id) AND (tenant_id = d.tenant_id))
--   SubPlan 2
--     ->  Aggregate
--           InitPlan 1
--             ->  Index Scan using embedding_models_name_key on embedding_models
--                   Index Cond: (name = 'a-model'::text)
--           ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                 Index Cond: ((model_id = (InitPlan 1).col1) AND (tenant_id = d.tenant_id) AND (chunk_id = ANY (((InitPlan 3).col1))))

-- findChunk
SELECT d.id AS document_id, c.id::text AS chunk_id, d.title, d.url, c.heading, c.text
FROM (SELECT document_id, ordinal FROM chunks WHERE tenant_id = $1 AND id = $2 OFFSET 0) AS found
CROSS JOIN LATERAL (
  SELECT id, title, url FROM documents WHERE tenant_id = $1 AND id = found.document_id OFFSET 0) AS d
CROSS JOIN LATERAL (
  SELECT id, ordinal, heading, text FROM chunks
  WHERE tenant_id = $1 AND document_id = found.document_id
  AND ordinal BETWEEN found.ordinal - $3::int AND found.ordinal + $3::int OFFSET 0) AS c
ORDER BY c.ordinal, c.id
-- Sort
--   Sort Key: chunks_1.ordinal, chunks_1.id
--   ->  Nested Loop
--         ->  Nested Loop
--               ->  Index Scan using chunks_id on chunks
--                     Index Cond: (id = '55'::bigint)
--                     Filter: (tenant_id = 't'::text)
--               ->  Index Scan using documents_pkey on documents
--                     Index Cond: ((tenant_id = 't'::text) AND (id = chunks.document_id))
--         ->  Index Scan using chunks_document on chunks chunks_1
--               Index Cond: ((document_id = chunks.document_id) AND (tenant_id = 't'::text) AND (ordinal >= (chunks.ordinal - 2)) AND (ordinal <= (chunks.ordinal + 2)))

-- delete
SELECT FROM documents WHERE tenant_id = $1 AND id = $2
-- Index Only Scan using documents_pkey on documents
--   Index Cond: ((tenant_id = 't'::text) AND (id = 'new'::text))

-- delete
SELECT id::text FROM chunks WHERE tenant_id = $1 AND document_id = $2 LIMIT $3
-- Limit
--   ->  Index Scan using chunks_document on chunks
--         Index Cond: ((document_id = 'new'::text) AND (tenant_id = 't'::text))

-- delete
SELECT id::text FROM chunks WHERE tenant_id = $1 AND document_id = ANY($2::text[])
-- Index Scan using chunks_document on chunks
--   Index Cond: ((document_id = ANY ('{new}'::text[])) AND (tenant_id = 't'::text))

-- delete
WITH gone AS (DELETE FROM documents WHERE tenant_id = $1 AND id = ANY($3::text[]) RETURNING id)
INSERT INTO deleted_documents (tenant_id, document_id, revision) SELECT $1, id, $2::bigint FROM gone
ON CONFLICT (tenant_id, document_id) DO UPDATE SET revision = excluded.revision, deleted_at = now(), purged = false
RETURNING document_id
-- Insert on deleted_documents
--   Conflict Resolution: UPDATE
--   Conflict Arbiter Indexes: deleted_documents_pkey
--   CTE gone
--     ->  Delete on documents
--           ->  Index Scan using documents_pkey on documents
--                 Index Cond: ((tenant_id = 't'::text) AND (id = ANY ('{new}'::text[])))
--   ->  CTE Scan on gone

-- chunkStates
SELECT d.id, c.chunks, c.pending FROM documents d CROSS JOIN LATERAL (
  SELECT cardinality(ids) AS chunks, cardinality(ids) - (
    SELECT count(*)::int FROM chunk_embeddings
    WHERE tenant_id = d.tenant_id AND chunk_id = ANY(ids)
    AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS pending
  FROM (
    SELECT ARRAY(SELECT id FROM chunks WHERE tenant_id = d.tenant_id AND document_id = d.id) AS ids OFFSET 0
  ) AS of_document
) AS c
WHERE d.tenant_id = $1 AND d.id = ANY($3)
-- Nested Loop
--   ->  Index Only Scan using documents_pkey on documents d
--         Index Cond: ((tenant_id = 't'::text) AND (id = ANY ('{d1,d2}'::text[])))
--   ->  Result
--         InitPlan 3
--           ->  Bitmap Heap Scan on chunks
--                 Recheck Cond: ((document_id = d.id) AND (tenant_id = d.tenant_id))
--                 ->  Bitmap Index Scan on chunks_document
--                       Index Cond: ((document_id = d.id) AND (tenant_id = d.tenant_id))
--   SubPlan 2
--     ->  Aggregate
--           InitPlan 1
--             ->  Index Scan using embedding_models_name_key on embedding_models
--                   Index Cond: (name = 'a-model'::text)
--           ->  Index Only Scan using chunk_embeddings_model on chunk_embeddings
--                 Index Cond: ((model_id = (InitPlan 1).col1) AND (tenant_id = d.tenant_id) AND (chunk_id = ANY (((InitPlan 3).col1))))

-- isEmpty
SELECT FROM documents LIMIT 1
-- Limit
--   ->  Index Only Scan using documents_pkey on documents
