-- Up Migration
-- What administrators did, by whom and until when. Never changed, never cleared away.
CREATE TABLE admin_actions (
  -- Made where the action was: writing it again, when the first answer was lost, adds nothing.
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
