-- Up Migration
-- What instances share about guards, and what is kept of their past.

-- Grows with every override stored, so that the newest is the same one for every instance.
CREATE SEQUENCE guard_override_revisions;

-- What operators decided: the mode of a guard, a change of its state, one of its settings.
CREATE TABLE guard_overrides (
  guard    text NOT NULL,
  key      text NOT NULL,
  value    jsonb NOT NULL,
  made_at  timestamptz NOT NULL,
  ends_at  timestamptz,
  revision bigint NOT NULL,
  PRIMARY KEY (guard, key)
);

-- The circuits that were open when an instance last said so. Only that instance restores them.
CREATE TABLE open_circuits (
  instance   text NOT NULL,
  guard      text NOT NULL,
  open_until timestamptz NOT NULL,
  PRIMARY KEY (instance, guard)
);

-- Every change of a circuit's state, of every instance, for some months.
CREATE TABLE state_changes (
  id         uuid PRIMARY KEY,
  instance   text NOT NULL,
  guard      text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  fail_count integer NOT NULL,
  made_at    timestamptz NOT NULL
);
CREATE INDEX state_changes_guard ON state_changes (guard, made_at DESC);
CREATE INDEX state_changes_made_at ON state_changes (made_at);

-- What administrators did, by whom and until when. Never changed, never deleted.
CREATE TABLE admin_actions (
  -- Made where the action was: writing it again, when the first response was lost, adds nothing.
  id         uuid PRIMARY KEY,
  made_at    timestamptz NOT NULL,
  actor      text NOT NULL,
  action     text NOT NULL,
  guard      text NOT NULL,
  changes    jsonb NOT NULL,
  ends_at    timestamptz,
  reason     text,
  request_id text NOT NULL
);
CREATE INDEX admin_actions_made_at ON admin_actions (made_at);
