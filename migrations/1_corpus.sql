-- Up Migration
-- The documents of each tenant and the chunks that are searched. The tenant comes first in every key, so that the tables
-- can be partitioned or distributed by tenant. The search path has the service's schema, and behind it that of the
-- extension `vector`.

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
  -- Whether nothing that was made from the document is stored any more.
  purged      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (tenant_id, document_id)
);
CREATE INDEX deleted_documents_remaining ON deleted_documents (tenant_id, document_id) WHERE NOT purged;
CREATE INDEX deleted_documents_revision ON deleted_documents (tenant_id, revision);

CREATE TABLE chunks (
  tenant_id    text NOT NULL,
  -- From one sequence for all tenants: a later chunk has a greater id, whose ever it is.
  id           bigint GENERATED ALWAYS AS IDENTITY,
  document_id  text NOT NULL,
  ordinal      integer NOT NULL,
  heading      text,
  text         text NOT NULL,
  tokens       integer NOT NULL,
  content_hash text NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, document_id) REFERENCES documents (tenant_id, id) ON DELETE CASCADE
);
-- The document comes first: by its tenant a chunk would be looked up among all of the tenant's, where the planner does not
-- know the tenant yet.
CREATE INDEX chunks_document ON chunks (document_id, tenant_id, ordinal);
-- Embedding reads the chunks of all tenants in the order in which they were stored.
CREATE INDEX chunks_id ON chunks (id);
