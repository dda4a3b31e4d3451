-- Up Migration
CREATE EXTENSION IF NOT EXISTS vector;

-- One row per tenant: the number of the last change to its documents.
CREATE TABLE corpora (
  tenant_id text PRIMARY KEY,
  revision  bigint NOT NULL DEFAULT 0
);

CREATE TABLE documents (
  tenant_id    text NOT NULL,
  id           text NOT NULL,
  title        text,
  url          text,
  format       text NOT NULL,
  text         text NOT NULL,
  metadata     jsonb NOT NULL DEFAULT '{}',
  content_hash text NOT NULL,
  bundled      boolean NOT NULL DEFAULT false,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX documents_metadata ON documents USING gin (metadata jsonb_path_ops);
CREATE INDEX documents_bundled ON documents (tenant_id) WHERE bundled;

-- What was deleted and at which revision, so that no cached answer shows it again.
CREATE TABLE deleted_documents (
  tenant_id   text NOT NULL,
  document_id text NOT NULL,
  revision    bigint NOT NULL,
  deleted_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, document_id)
);
CREATE INDEX deleted_documents_revision ON deleted_documents (tenant_id, revision);

CREATE TABLE chunks (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id    text NOT NULL,
  document_id  text NOT NULL,
  ordinal      integer NOT NULL,
  heading      text,
  text         text NOT NULL,
  tokens       integer NOT NULL,
  content_hash text NOT NULL,
  search       tsvector NOT NULL,
  FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX chunks_document ON chunks (tenant_id, document_id, ordinal);
CREATE INDEX chunks_search ON chunks USING gin (search);

CREATE TABLE embedding_models (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text NOT NULL UNIQUE,
  dimension integer NOT NULL
);

-- Vectors of every model in one table; each registered model gets its own partial index over its dimension.
CREATE TABLE chunk_embeddings (
  model_id  integer NOT NULL REFERENCES embedding_models (id) ON DELETE CASCADE,
  chunk_id  bigint NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
  tenant_id text NOT NULL,
  embedding vector NOT NULL,
  PRIMARY KEY (model_id, chunk_id)
);
CREATE INDEX chunk_embeddings_chunk ON chunk_embeddings (chunk_id);
