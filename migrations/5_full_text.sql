-- Up Migration
-- Every term of a tenant's chunks, and in how many of them it stands.
CREATE TABLE terms (
  -- pgvector counts dimensions up to this.
  id        integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 1000000000) UNIQUE,
  tenant_id text NOT NULL,
  lexeme    text COLLATE "C" NOT NULL,
  chunks    integer NOT NULL,
  PRIMARY KEY (tenant_id, lexeme)
) WITH (fillfactor = 70);

-- How much a tenant has in each text search configuration.
CREATE TABLE corpus_languages (
  tenant_id text NOT NULL,
  language  text NOT NULL,
  chunks    bigint NOT NULL,
  words     bigint NOT NULL,
  PRIMARY KEY (tenant_id, language)
) WITH (fillfactor = 70);

-- The terms of each chunk by id: for finding it, and with their weights for ranking it.
CREATE TABLE chunk_terms (
  chunk_id  bigint PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
  tenant_id text NOT NULL,
  language  text NOT NULL,
  words     integer NOT NULL,
  terms     integer[] NOT NULL,
  weights   sparsevec NOT NULL
);
CREATE INDEX chunk_terms_terms ON chunk_terms USING gin (terms);

-- Indexes chunks, whose texts were parsed in the language, and counts their terms. The caller holds the lock on the
-- tenant's row in corpora: writers of one tenant take turns, those of different tenants share no row.
CREATE FUNCTION index_chunk_terms(tenant text, parsed_as text, chunk_ids bigint[], texts tsvector[]) RETURNS void
LANGUAGE sql AS $$
  WITH postings AS MATERIALIZED (
    SELECT c.id AS chunk_id, p.lexeme COLLATE "C" AS lexeme, cardinality(p.positions) AS frequency
    FROM unnest(chunk_ids, texts) AS c (id, parsed) CROSS JOIN unnest(c.parsed) AS p
  ), counted AS MATERIALIZED (
    SELECT lexeme, count(*)::integer AS chunks FROM postings GROUP BY lexeme
  ), known AS (
    UPDATE terms t SET chunks = t.chunks + c.chunks
    FROM counted c WHERE t.tenant_id = tenant AND t.lexeme = c.lexeme
    RETURNING t.id, t.lexeme
  ), added AS (
    INSERT INTO terms (tenant_id, lexeme, chunks)
    SELECT tenant, c.lexeme, c.chunks FROM counted c WHERE NOT EXISTS (SELECT FROM known k WHERE k.lexeme = c.lexeme)
    RETURNING id, lexeme
  ), vectors AS (
    -- BM25's saturation of a term's frequency with k1 = 0.9.
    SELECT p.chunk_id, sum(p.frequency) AS words, array_agg(i.id) AS terms,
           string_agg(i.id || ':' || (p.frequency * 1.9 / (p.frequency + 0.9))::real, ',') AS weights
    FROM postings p JOIN (SELECT * FROM known UNION ALL SELECT * FROM added) i ON i.lexeme = p.lexeme
    GROUP BY p.chunk_id
  ), indexed AS (
    INSERT INTO chunk_terms (chunk_id, tenant_id, language, words, terms, weights)
    SELECT id, tenant, parsed_as, coalesce(v.words, 0), coalesce(v.terms, '{}'),
           ('{' || coalesce(v.weights, '') || '}/1000000000')::sparsevec
    FROM unnest(chunk_ids) AS id LEFT JOIN vectors v ON v.chunk_id = id
    RETURNING words
  )
  INSERT INTO corpus_languages AS l (tenant_id, language, chunks, words)
  SELECT tenant, parsed_as, count(*), coalesce(sum(words), 0) FROM indexed HAVING count(*) > 0
  ON CONFLICT (tenant_id, language) DO UPDATE SET chunks = l.chunks + excluded.chunks, words = l.words + excluded.words
$$;

CREATE FUNCTION forget_chunk_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE terms t SET chunks = t.chunks - g.chunks
  FROM (SELECT term, count(*) AS chunks FROM gone CROSS JOIN unnest(gone.terms) AS term GROUP BY term) g
  WHERE t.id = g.term;
  DELETE FROM terms t
  USING (SELECT DISTINCT term FROM gone CROSS JOIN unnest(gone.terms) AS term) g
  WHERE t.id = g.term AND t.chunks = 0;
  UPDATE corpus_languages l SET chunks = l.chunks - g.chunks, words = l.words - g.words
  FROM (SELECT tenant_id, language, count(*) AS chunks, sum(words) AS words FROM gone GROUP BY 1, 2) g
  WHERE l.tenant_id = g.tenant_id AND l.language = g.language;
  RETURN NULL;
END
$$;

-- However chunks go, what was counted of them goes with them.
CREATE TRIGGER forget_chunk_terms AFTER DELETE ON chunk_terms
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_chunk_terms();

-- Until now everything was parsed as English.
SELECT index_chunk_terms(tenant_id, 'english', array_agg(id), array_agg(search))
FROM chunks GROUP BY tenant_id, id / 500;

ALTER TABLE chunks DROP COLUMN search;

-- A small tenant's vectors are compared one by one, which finds every neighbour.
CREATE INDEX chunk_embeddings_tenant ON chunk_embeddings (tenant_id, model_id);
