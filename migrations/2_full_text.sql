-- Up Migration
-- Full-text search: the terms of each chunk, ranked by BM25.

-- Lexemes without what people leave out when they type: accents, the points of Hebrew, Arabic and Indic scripts, and the
-- line that stretches an Arabic word; and with the plain form of letters that no decomposition leads to it.
CREATE FUNCTION fold_lexeme(lexeme text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length(lexeme) = length(lexeme) THEN lexeme ELSE
    normalize(replace(replace(replace(translate(
      regexp_replace(
        normalize(lexeme, NFKD),
        '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]',
        '', 'g'),
      'ıđðłøςىیکة', 'iddloσييكه'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), NFC)
  END
$$;

-- Every term of a tenant's chunks, and the number of chunks that contain it.
CREATE TABLE terms (
  tenant_id text NOT NULL,
  lexeme    text COLLATE "C" NOT NULL,
  -- A dimension of pgvector's sparse vectors, which end at this number.
  id        integer GENERATED ALWAYS AS IDENTITY (MAXVALUE 1000000000),
  chunks    integer NOT NULL,
  PRIMARY KEY (tenant_id, lexeme),
  -- The id comes first: by its tenant a lexeme would be looked up among all of the tenant's.
  UNIQUE (id, tenant_id)
) WITH (fillfactor = 70);
-- Most lexemes are their own plain form and are found by the primary key.
CREATE INDEX terms_folded ON terms (tenant_id, fold_lexeme(lexeme)) WHERE fold_lexeme(lexeme) <> lexeme;

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
  tenant_id text NOT NULL,
  chunk_id  bigint NOT NULL,
  language  text NOT NULL,
  words     integer NOT NULL,
  terms     integer[] NOT NULL,
  weights   sparsevec NOT NULL,
  -- Those of the terms that name the chunk: of its last heading, or of the title.
  heading_terms integer[] NOT NULL,
  PRIMARY KEY (tenant_id, chunk_id),
  FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks (tenant_id, id) ON DELETE CASCADE
);
-- New entries wait in a list that every search reads as well. A longer list makes both the searches and the writer that
-- fills it slower.
CREATE INDEX chunk_terms_terms ON chunk_terms USING gin (terms) WITH (gin_pending_list_limit = 2048);

-- Indexes chunks, whose texts were parsed in the language. New terms are counted. The known terms are returned with the
-- number of chunks that contain them, for the caller to add: within one transaction every update of a count leaves a row
-- version that the next one has to pass. The caller holds the lock on the tenant's row in corpora: writers of one tenant
-- take turns, and those of different tenants share no row.
-- Terms are looked up by their indexes. A plan made while the table is small would read the whole of it for every part of
-- the document that makes it large.
CREATE FUNCTION index_chunk_terms(
  tenant text, parsed_as text, chunk_ids bigint[], texts tsvector[], headings tsvector[]
) RETURNS TABLE (term integer, chunks integer) LANGUAGE sql SET enable_seqscan = off SET search_path FROM CURRENT AS $$
  WITH postings AS MATERIALIZED (
    SELECT c.id AS chunk_id, p.lexeme COLLATE "C" AS lexeme, cardinality(p.positions) AS frequency,
           p.lexeme = ANY(tsvector_to_array(c.heading)) AS names
    FROM unnest(chunk_ids, texts, headings) AS c (id, parsed, heading) CROSS JOIN unnest(c.parsed) AS p
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
           string_agg(i.id || ':' || (p.frequency * 1.9 / (p.frequency + 0.9))::real, ',') AS weights,
           array_agg(i.id) FILTER (WHERE p.names) AS heading_terms
    FROM postings p JOIN (SELECT id, lexeme FROM known UNION ALL SELECT id, lexeme FROM added) i ON i.lexeme = p.lexeme
    GROUP BY p.chunk_id
  ), indexed AS (
    INSERT INTO chunk_terms (tenant_id, chunk_id, language, words, terms, weights, heading_terms)
    SELECT tenant, id, parsed_as, coalesce(v.words, 0), coalesce(v.terms, '{}'),
           ('{' || coalesce(v.weights, '') || '}/1000000000')::sparsevec, coalesce(v.heading_terms, '{}')
    FROM unnest(chunk_ids) AS id LEFT JOIN vectors v ON v.chunk_id = id
  )
  SELECT id, chunks FROM known
$$;

-- Adds to the numbers of chunks that contain the terms.
CREATE FUNCTION add_term_counts(tenant text, ids integer[], more integer[]) RETURNS void
LANGUAGE sql SET enable_seqscan = off SET search_path FROM CURRENT AS $$
  UPDATE terms t SET chunks = t.chunks + c.chunks
  FROM unnest(ids, more) AS c (id, chunks) WHERE t.tenant_id = tenant AND t.id = c.id
$$;

-- Subtracts from the numbers of chunks that contain the terms. Terms that no chunk contains any more are deleted.
CREATE FUNCTION subtract_term_counts(tenant text, ids integer[], less integer[]) RETURNS void
LANGUAGE sql SET enable_seqscan = off SET search_path FROM CURRENT AS $$
  DELETE FROM terms t USING unnest(ids, less) AS c (id, chunks)
  WHERE t.tenant_id = tenant AND t.id = c.id AND t.chunks <= c.chunks;
  UPDATE terms t SET chunks = t.chunks - c.chunks
  FROM unnest(ids, less) AS c (id, chunks) WHERE t.tenant_id = tenant AND t.id = c.id
$$;

CREATE FUNCTION subtract_deleted_chunks() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM subtract_term_counts(d.tenant_id, array_agg(d.term), array_agg(d.chunks))
  FROM (SELECT tenant_id, term, count(*)::integer AS chunks
        FROM deleted CROSS JOIN unnest(deleted.terms) AS term GROUP BY 1, 2) d
  GROUP BY d.tenant_id;
  UPDATE corpus_languages l SET chunks = l.chunks - d.chunks, words = l.words - d.words
  FROM (SELECT tenant_id, language, count(*) AS chunks, sum(words) AS words FROM deleted GROUP BY 1, 2) d
  WHERE l.tenant_id = d.tenant_id AND l.language = d.language;
  RETURN NULL;
END
$$;

-- For rows that are deleted with their chunks. Whoever deletes from this table directly does the counting.
CREATE TRIGGER subtract_deleted_chunks AFTER DELETE ON chunk_terms
REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT WHEN (pg_trigger_depth() > 0)
EXECUTE FUNCTION subtract_deleted_chunks();

-- The terms of a question, as a function since its plan takes longer to make than to run, and a function keeps it for as
-- long as the connection lasts. The terms are those in every language of the tenant's chunks, without the function words
-- of the question's own language (null where none was detected), which may be rare words in another, unless it has no
-- others; and in their other spellings, as accents are often left out.
-- Terms are looked up by their indexes: a plan made while there are few of them would read them all when there are many.
CREATE FUNCTION question_terms(tenant text, question_words text, question_language text)
RETURNS TABLE (
  id integer, chunks integer, exact boolean, family integer, likely boolean, corpus_chunks integer, mean_words float8
) LANGUAGE plpgsql STABLE SET enable_seqscan = off SET search_path FROM CURRENT AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH languages AS MATERIALIZED (
    SELECT l.language, l.chunks, l.words FROM corpus_languages l WHERE l.tenant_id = tenant AND l.chunks > 0
  ), question AS MATERIALIZED (
    SELECT coalesce(
      string_agg(DISTINCT word, ' ')
        FILTER (WHERE question_language IS NULL OR to_tsvector(question_language::regconfig, word) <> ''),
      question_words) AS words
    FROM unnest(string_to_array(question_words, ' ')) AS word
  ), asked AS MATERIALIZED (
    SELECT DISTINCT p.lexeme COLLATE "C" AS lexeme, fold_lexeme(p.lexeme) COLLATE "C" AS folded
    FROM languages l CROSS JOIN question q CROSS JOIN unnest(to_tsvector(l.language::regconfig, q.words)) AS p
  ), found AS (
    SELECT t.id, t.chunks, t.lexeme FROM terms t WHERE t.tenant_id = tenant
    AND t.lexeme = ANY(ARRAY(SELECT lexeme FROM asked UNION SELECT folded FROM asked))
    UNION
    SELECT t.id, t.chunks, t.lexeme FROM terms t WHERE t.tenant_id = tenant
    AND fold_lexeme(t.lexeme) = ANY(ARRAY(SELECT folded FROM asked)) AND fold_lexeme(t.lexeme) <> t.lexeme
  ), spelt AS (
    SELECT f.id, f.chunks, fold_lexeme(f.lexeme) AS folded, f.lexeme IN (SELECT lexeme FROM asked) AS exact FROM found f
  )
  SELECT s.id, s.chunks, s.exact, (sum(s.chunks) OVER alike)::integer,
         NOT (bool_or(s.exact) OVER alike AND EXISTS (SELECT FROM asked WHERE lexeme <> folded)),
         total.chunks::integer, total.mean_words
  FROM spelt s CROSS JOIN (
    SELECT sum(l.chunks) AS chunks, greatest(1, sum(l.words) / sum(l.chunks))::float8 AS mean_words FROM languages l
  ) AS total
  WINDOW alike AS (PARTITION BY s.folded);
END
$$;
