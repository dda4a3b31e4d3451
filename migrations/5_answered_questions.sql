-- Up Migration
-- Healthy answers by the question they were given to, for questions of the same wording or meaning.
CREATE TABLE answered_questions (
  tenant_id   text NOT NULL,
  -- Of the question and everything that was asked with it: only its newest answer is kept.
  key         text NOT NULL,
  -- The hash of the filter, SHA-256 in base64url: answers are never shared between filters, and a filter may be longer
  -- than an index entry.
  scope       text NOT NULL,
  -- The hash of the words in their order, without what never changes the meaning.
  wording     text NOT NULL,
  -- The id of one passage that the answer cites: a question of the same meaning has found that passage, too.
  passage     text,
  -- The documents whose text is in the answer or beside it.
  documents   text[] NOT NULL,
  question    text NOT NULL,
  answer      jsonb NOT NULL,
  answered_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX answered_questions_wording ON answered_questions (tenant_id, scope, wording, answered_at);
CREATE INDEX answered_questions_passage ON answered_questions (tenant_id, scope, passage, answered_at);
CREATE INDEX answered_questions_documents ON answered_questions USING gin (documents);
CREATE INDEX answered_questions_answered_at ON answered_questions (tenant_id, answered_at);

-- Vectors of learnt models. They are compared with those of the few questions whose answers cite the same passages, so they
-- need no vector index. They stay in their rows as those of chunks do.
CREATE TABLE answered_question_embeddings (
  tenant_id text NOT NULL,
  key       text NOT NULL,
  model_id  integer NOT NULL REFERENCES embedding_models (id) ON DELETE CASCADE,
  embedding vector NOT NULL,
  PRIMARY KEY (tenant_id, key, model_id),
  FOREIGN KEY (tenant_id, key) REFERENCES answered_questions (tenant_id, key) ON DELETE CASCADE
) WITH (toast_tuple_target = 8160);
CREATE INDEX answered_question_embeddings_model ON answered_question_embeddings (model_id);
