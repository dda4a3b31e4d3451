-- Up Migration
-- A document's terms were counted once for each part of it that was indexed. Within one transaction every count leaves
-- a row behind that the next has to pass, so long documents took the square of their length. Now the caller adds the
-- parts' counts up and writes each term once.
--
-- Terms are always looked up by their indexes: a plan made while the table is small reads the whole of it once for every
-- part of the document that makes it large.
DROP FUNCTION index_chunk_terms(text, text, bigint[], tsvector[]);

-- Indexes chunks, whose texts were parsed in the language. New terms are counted; in how many of the chunks the others
-- stand is what comes back, for the caller to add. The caller holds the lock on the tenant's row in corpora: writers of
-- one tenant take turns, those of different tenants share no row.
CREATE FUNCTION index_chunk_terms(tenant text, parsed_as text, chunk_ids bigint[], texts tsvector[])
RETURNS TABLE (term integer, chunks integer) LANGUAGE sql SET enable_seqscan = off AS $$
  WITH postings AS MATERIALIZED (
    SELECT c.id AS chunk_id, p.lexeme COLLATE "C" AS lexeme, cardinality(p.positions) AS frequency
    FROM unnest(chunk_ids, texts) AS c (id, parsed) CROSS JOIN unnest(c.parsed) AS p
  ), counted AS MATERIALIZED (
    SELECT lexeme, count(*)::integer AS chunks FROM postings GROUP BY lexeme
  ), known AS MATERIALIZED (
    -- One by one (OFFSET keeps it so): joined at once, the whole index would be read for each part of a document.
    SELECT t.id, c.lexeme, c.chunks FROM counted c CROSS JOIN LATERAL (
      SELECT id FROM terms WHERE tenant_id = tenant AND lexeme = c.lexeme OFFSET 0
    ) AS t
  ), added AS (
    INSERT INTO terms (tenant_id, lexeme, chunks)
    SELECT tenant, c.lexeme, c.chunks FROM counted c WHERE NOT EXISTS (SELECT FROM known k WHERE k.lexeme = c.lexeme)
    RETURNING id, lexeme
  ), vectors AS (
    -- BM25's saturation of a term's frequency with k1 = 0.9.
    SELECT p.chunk_id, sum(p.frequency) AS words, array_agg(i.id) AS terms,
           string_agg(i.id || ':' || (p.frequency * 1.9 / (p.frequency + 0.9))::real, ',') AS weights
    FROM postings p JOIN (SELECT id, lexeme FROM known UNION ALL SELECT id, lexeme FROM added) i ON i.lexeme = p.lexeme
    GROUP BY p.chunk_id
  ), indexed AS (
    INSERT INTO chunk_terms (chunk_id, tenant_id, language, words, terms, weights)
    SELECT id, tenant, parsed_as, coalesce(v.words, 0), coalesce(v.terms, '{}'),
           ('{' || coalesce(v.weights, '') || '}/1000000000')::sparsevec
    FROM unnest(chunk_ids) AS id LEFT JOIN vectors v ON v.chunk_id = id
  )
  SELECT id, chunks FROM known
$$;

-- In how many more chunks terms stand.
CREATE FUNCTION add_term_counts(ids integer[], more integer[]) RETURNS void LANGUAGE sql SET enable_seqscan = off AS $$
  UPDATE terms t SET chunks = t.chunks + c.chunks FROM unnest(ids, more) AS c (id, chunks) WHERE t.id = c.id
$$;

-- In how many fewer; those that stand in none any more go.
CREATE FUNCTION subtract_term_counts(ids integer[], less integer[]) RETURNS void LANGUAGE sql SET enable_seqscan = off AS $$
  DELETE FROM terms t USING unnest(ids, less) AS c (id, chunks) WHERE t.id = c.id AND t.chunks <= c.chunks;
  UPDATE terms t SET chunks = t.chunks - c.chunks FROM unnest(ids, less) AS c (id, chunks) WHERE t.id = c.id
$$;

-- What goes with its chunk is counted by the trigger; who deletes from this table counts for itself.
DROP TRIGGER forget_chunk_terms ON chunk_terms;
CREATE TRIGGER forget_chunk_terms AFTER DELETE ON chunk_terms
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT WHEN (pg_trigger_depth() > 0)
EXECUTE FUNCTION forget_chunk_terms();
ALTER FUNCTION forget_chunk_terms() SET enable_seqscan = off;

-- New entries wait in a list that every search reads as well, and who makes it full puts them in order: a shorter list
-- costs both less at a time.
ALTER INDEX chunk_terms_terms SET (gin_pending_list_limit = 2048);
