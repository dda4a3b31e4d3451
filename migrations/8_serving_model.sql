-- Up Migration
-- The one decision which model's vectors are searched: every question reads it, and a change is a change of this row.
CREATE TABLE serving_model (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  model_id    integer NOT NULL REFERENCES embedding_models (id),
  switched_at timestamptz NOT NULL DEFAULT now()
);

-- Until now no decision was written down: the model with the most vectors is the one that was in use.
INSERT INTO serving_model (model_id)
SELECT m.id FROM embedding_models m LEFT JOIN chunk_embeddings e ON e.model_id = m.id
GROUP BY m.id ORDER BY count(e.chunk_id) DESC, m.id DESC LIMIT 1;

-- Which model each running process is configured for; one that was killed is forgotten after a while.
CREATE TABLE embedding_wishes (
  process   uuid PRIMARY KEY,
  model     text NOT NULL,
  wished_at timestamptz NOT NULL
);
