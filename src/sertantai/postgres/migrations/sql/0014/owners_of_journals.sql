-- A person's lists are kept by one server at a time: by the journal that its changes go through.

ALTER TABLE user_selection_groups ADD COLUMN journal_id uuid CHECK (journal_id IS NULL OR is_default);
COMMENT ON COLUMN user_selection_groups.journal_id IS
  'Of the default list: the journal whose server keeps this person''s lists.';
ALTER TABLE sync_watermarks ADD COLUMN moved bigint NOT NULL DEFAULT 0 CHECK (moved >= 0);
COMMENT ON COLUMN sync_watermarks.moved IS
  'How often people were taken over from this journal, whose server did not run.';

-- A server that runs holds an advisory lock of two numbers: this class, and a hash of its journal's id.
CREATE FUNCTION sertantai_hold_journal(journal uuid) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_lock_shared(24264, hashtext(journal::text));
$$;

CREATE FUNCTION sertantai_running_journals() RETURNS TABLE (lock oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- `objsubid` is 2 for locks of two numbers.
  SELECT objid FROM pg_locks
   WHERE locktype = 'advisory' AND objsubid = 2 AND classid = 24264::oid AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
$$;

-- As `pg_locks` shows it: without its sign.
CREATE FUNCTION sertantai_lock_of_journal(journal uuid) RETURNS oid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (hashtext(journal::text)::bigint & 4294967295)::oid;
$$;
REVOKE EXECUTE ON FUNCTION sertantai_hold_journal(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_hold_journal(uuid) TO sertantai_sync;
