-- Up Migration
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
