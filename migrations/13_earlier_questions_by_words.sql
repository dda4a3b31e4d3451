-- Up Migration
-- The key of an earlier question is made in another way now, so those kept before would never be found again; and their
-- vectors are no longer searched, only compared, so their indexes go.
DELETE FROM earlier_questions;

DO $$
DECLARE
  unused text;
BEGIN
  FOR unused IN
    SELECT indexname FROM pg_indexes
    WHERE schemaname = current_schema() AND indexname ~ '^earlier_question_embeddings_model_\d+$'
  LOOP
    EXECUTE format('DROP INDEX %I', unused);
  END LOOP;
END
$$;
