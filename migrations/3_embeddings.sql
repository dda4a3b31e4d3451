-- Up Migration
-- The vectors of chunks by embedding model, and the model that serves.

CREATE TABLE embedding_models (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text NOT NULL UNIQUE,
  dimension integer NOT NULL
);

-- The model whose vectors are searched. Every question reads this row, and a change of models is a change of this row.
CREATE TABLE serving_model (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  model_id    integer NOT NULL REFERENCES embedding_models (id),
  switched_at timestamptz NOT NULL DEFAULT now()
);

-- The model that each running process is configured for. The row of a process that was killed expires.
CREATE TABLE embedding_registrations (
  process       uuid PRIMARY KEY,
  -- The instance keeps its name when the process is started again, and then deletes the row of the process before.
  instance      text,
  model         text NOT NULL,
  registered_at timestamptz NOT NULL
);

-- The vectors of every model. Each registered model gets a partial index over its dimension when its first vector is
-- stored. Vectors of up to 2,000 dimensions stay in their rows: where vectors are compared one by one, those that lie
-- outside of their rows cost more to fetch than to compare.
CREATE TABLE chunk_embeddings (
  tenant_id text NOT NULL,
  chunk_id  bigint NOT NULL,
  model_id  integer NOT NULL REFERENCES embedding_models (id) ON DELETE CASCADE,
  embedding vector NOT NULL,
  PRIMARY KEY (tenant_id, chunk_id, model_id),
  FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks (tenant_id, id) ON DELETE CASCADE
) WITH (toast_tuple_target = 8160);
-- A small tenant's vectors are compared one by one, which finds every neighbour.
-- With the whole key, the vector of one chunk is found by this index as quickly as by the other.
CREATE INDEX chunk_embeddings_model ON chunk_embeddings (model_id, tenant_id, chunk_id);
