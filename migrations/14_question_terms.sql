-- Up Migration
-- The terms of a question, as a function since its plan takes longer to make than to run, and a function keeps it for as
-- long as the connection lasts. The terms are those in every language of the tenant's chunks, without the function words
-- of the question's own language (null where none was detected), which may be rare words in another, unless it has no
-- others; and in their other spellings, as accents are often left out.
CREATE FUNCTION question_terms(tenant text, question_words text, question_language text)
RETURNS TABLE (
  id integer, chunks integer, exact boolean, family integer, likely boolean, corpus_chunks integer, mean_words float8
) LANGUAGE plpgsql STABLE AS $$
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
