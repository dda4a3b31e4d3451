-- Up Migration
-- Whose wish it is, by the name that outlives a process: an instance that was killed and runs again takes its own back.
ALTER TABLE embedding_wishes ADD COLUMN instance text;
