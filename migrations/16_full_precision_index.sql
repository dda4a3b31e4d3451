-- Up Migration
-- A question's terms are looked up by their indexes whatever the planner thinks: a plan made while there are few of them
-- would read them all when there are many.
ALTER FUNCTION question_terms(text, text, text) SET enable_seqscan = off;

-- Where vectors were indexed in half precision for a time their index is made anew, in memory where there is enough.
SET LOCAL maintenance_work_mem = '512MB';

DO $$
DECLARE
  model record;
BEGIN
  -- pgvector indexes those of more dimensions in half precision alone.
  FOR model IN
    SELECT m.id, m.dimension FROM embedding_models m
    JOIN pg_indexes i ON i.schemaname = current_schema() AND i.indexname = format('chunk_embeddings_model_%s', m.id)
    WHERE m.dimension <= 2000 AND i.indexdef LIKE '%halfvec_cosine_ops%'
  LOOP
    EXECUTE format('DROP INDEX chunk_embeddings_model_%s', model.id);
    EXECUTE format(
      'CREATE INDEX chunk_embeddings_model_%1$s ON chunk_embeddings
       USING hnsw ((embedding::vector(%2$s)) vector_cosine_ops) WHERE model_id = %1$s',
      model.id, model.dimension);
  END LOOP;
END
$$;
