-- The newest link of a history with a code from a key that is not in the database: one that somebody else put there is known
-- before the next entry is sealed after it. Null: it is from before there was one.
ALTER TABLE audit_chains ADD COLUMN mac bytea;
