-- Up Migration
-- Chunks of which the hosts of an embedding model made no usable vector, although they worked.
CREATE TABLE embedding_refusals (
  tenant_id  text NOT NULL,
  chunk_id   bigint NOT NULL,
  -- The model's name: its first chunk may be refused before the model is registered.
  model      text NOT NULL,
  cause      jsonb NOT NULL,
  attempts   integer NOT NULL DEFAULT 1,
  refused_at timestamptz NOT NULL,
  -- The chunk is not embedded again before.
  retry_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, chunk_id, model),
  FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX embedding_refusals_due ON embedding_refusals (model, retry_at);
