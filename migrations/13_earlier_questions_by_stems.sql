-- Up Migration
-- Earlier questions are found by the stems of their words now: those kept under their words would never be found again,
-- and the indexes over their vectors are not searched any more.
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
