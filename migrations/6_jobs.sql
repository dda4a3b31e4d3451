-- Up Migration
-- Questions that wait for an answer.
CREATE TABLE jobs (
  tenant_id        text NOT NULL,
  id               uuid NOT NULL DEFAULT gen_random_uuid(),
  state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'expired')),
  data             jsonb NOT NULL,
  output           jsonb,
  -- How often it was claimed. Each claim is an attempt, and only the last attempt may end the job.
  attempts         integer NOT NULL DEFAULT 0,
  -- It may not be claimed before: a claim lasts, or a failed attempt is followed by a delay.
  available_at     timestamptz NOT NULL DEFAULT now(),
  -- Null when nobody is at work on it.
  lease_expires_at timestamptz CHECK (lease_expires_at IS NULL OR state = 'open'),
  created_at       timestamptz NOT NULL DEFAULT now(),
  -- It is too old to be worked on from then on.
  expires_at       timestamptz NOT NULL,
  -- It is not shown any more from then on, and may be deleted.
  keep_until       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX jobs_open ON jobs (created_at) WHERE state = 'open';
CREATE INDEX jobs_keep_until ON jobs (keep_until);
