-- save
INSERT INTO admin_actions (id, made_at, actor, action, guard, changes, ends_at, reason, request_id)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9) ON CONFLICT (id) DO NOTHING
-- Insert on admin_actions
--   Conflict Resolution: NOTHING
--   Conflict Arbiter Indexes: admin_actions_pkey
--   ->  Result
