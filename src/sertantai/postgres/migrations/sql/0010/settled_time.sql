-- The latest time that is believed. What is old is destroyed by this one, never by a clock that may be ahead: a step of
-- the clock is believed only after the server has run for a day with it.
CREATE TABLE settled_time (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  settled_at timestamptz NOT NULL,
  ahead_s double precision NOT NULL DEFAULT 0,
  waited_s double precision NOT NULL DEFAULT 0
);
COMMENT ON COLUMN settled_time.ahead_s IS 'how far the clock is beyond it; marked, and believed a day later';
-- A database that is there already remembers when it was last written.
INSERT INTO settled_time (settled_at) SELECT least(now(), coalesce(max(updated_at), now())) FROM sync_watermarks;
GRANT SELECT, UPDATE ON settled_time TO sertantai_sync;
GRANT SELECT ON settled_time TO sertantai_auditor;

CREATE FUNCTION sertantai_settled_now() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT least(now(), (SELECT settled_at FROM settled_time)) $$;
REVOKE EXECUTE ON FUNCTION sertantai_settled_now() FROM PUBLIC;

CREATE OR REPLACE FUNCTION sertantai_forget_security_events(days_kept integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  IF days_kept IS NULL OR days_kept < 30 THEN
    RAISE EXCEPTION 'days_kept must be 30 or more' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('sertantai.retention', 'security_events', true);
  DELETE FROM security_events WHERE at < sertantai_settled_now() - make_interval(days => days_kept);
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM set_config('sertantai.retention', '', true);
  RETURN removed;
END $$;

-- Deleted lists whose thirty days are over are looked for among all lists.
CREATE INDEX idx_groups_deleted ON user_selection_groups (user_id) WHERE metadata ? 'deleted_at';
