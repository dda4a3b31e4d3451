-- Up Migration
-- Healthy answers by the question they were given to, for questions that mean nearly the same.
CREATE TABLE earlier_questions (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   text NOT NULL,
  -- Of the question and everything that was asked with it: its newest answer alone is kept.
  key         text NOT NULL,
  -- Of the filter: answers are never shared between filters.
  scope       text NOT NULL,
  -- Of the content words, whatever their order.
  form        text NOT NULL,
  question    text NOT NULL,
  answer      jsonb NOT NULL,
  answered_at timestamptz NOT NULL,
  UNIQUE (tenant_id, key)
);
CREATE INDEX earlier_questions_form ON earlier_questions (tenant_id, scope, form);
CREATE INDEX earlier_questions_answered_at ON earlier_questions (tenant_id, answered_at);

-- As with chunks, each model gets its own partial index over its dimension, when its first vector is stored.
CREATE TABLE earlier_question_embeddings (
  model_id    integer NOT NULL REFERENCES embedding_models (id) ON DELETE CASCADE,
  question_id bigint NOT NULL REFERENCES earlier_questions (id) ON DELETE CASCADE,
  embedding   vector NOT NULL,
  PRIMARY KEY (model_id, question_id)
);
CREATE INDEX earlier_question_embeddings_question ON earlier_question_embeddings (question_id);
