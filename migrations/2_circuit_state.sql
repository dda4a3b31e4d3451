-- Up Migration
-- Grows with every decision stored, so that the newest is the same one for every instance.
CREATE SEQUENCE circuit_control_revisions;

-- What operators decided: the mode of a guard, a change of its state, one of its settings.
CREATE TABLE circuit_controls (
  guard    text NOT NULL,
  key      text NOT NULL,
  value    jsonb NOT NULL,
  made_at  timestamptz NOT NULL,
  ends_at  timestamptz,
  revision bigint NOT NULL,
  PRIMARY KEY (guard, key)
);

-- The circuits that were open when an instance last said so; only that instance restores them.
CREATE TABLE open_circuits (
  instance   text NOT NULL,
  guard      text NOT NULL,
  open_until timestamptz NOT NULL,
  PRIMARY KEY (instance, guard)
);
