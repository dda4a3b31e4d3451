-- Up Migration
-- Vectors are indexed in half precision from now on, since an index of half the size is searched in half the time; what it
-- finds is compared in full precision. It is made here once for what was stored before, in memory where there is enough.
SET LOCAL maintenance_work_mem = '512MB';

DO $$
DECLARE
  model record;
BEGIN
  -- Those of more dimensions were in half precision before.
  FOR model IN SELECT id, dimension FROM embedding_models WHERE dimension <= 2000 LOOP
    EXECUTE format('DROP INDEX IF EXISTS chunk_embeddings_model_%s', model.id);
    EXECUTE format(
      'CREATE INDEX chunk_embeddings_model_%1$s ON chunk_embeddings
       USING hnsw ((embedding::halfvec(%2$s)) halfvec_cosine_ops) WHERE model_id = %1$s',
      model.id, model.dimension);
  END LOOP;
END
$$;
