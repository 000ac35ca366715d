-- No foreign key to users: what happened to an account outlives it. Equal events within a moment share a row.
CREATE TABLE security_events (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  severity text NOT NULL CONSTRAINT security_events_severity_known CHECK (severity IN ('info', 'warning', 'danger')),
  user_id uuid,
  ip_address inet,
  times integer NOT NULL DEFAULT 1 CHECK (times > 0),
  details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_security_events_at ON security_events (at DESC, id DESC);
CREATE INDEX idx_security_events_kind_at ON security_events (kind, at DESC);
CREATE INDEX idx_security_events_user_id_at ON security_events (user_id, at DESC) WHERE user_id IS NOT NULL;

-- Rows are never changed, and removed by the retention below only: also the owner of the table is refused.
CREATE FUNCTION sertantai_guard_security_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('sertantai.retention', true) = 'security_events'
     AND current_user = 'sertantai_migrator' AND OLD.at < now() - interval '30 days' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% on % is refused: its rows are kept', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON security_events
  FOR EACH ROW EXECUTE FUNCTION sertantai_guard_security_events();
ALTER TABLE security_events ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON security_events
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE security_events ENABLE ALWAYS TRIGGER append_only_statement;

ALTER TABLE security_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE security_events FORCE ROW LEVEL SECURITY;
CREATE POLICY security_events_accounts ON security_events FOR INSERT TO sertantai_accounts WITH CHECK (true);
CREATE POLICY security_events_auditor ON security_events FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY security_events_migrator ON security_events TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT INSERT ON security_events TO sertantai_accounts;
GRANT SELECT ON security_events TO sertantai_auditor;

-- Removes what is older than so many days, never less than 30; returns how many rows.
CREATE FUNCTION sertantai_forget_security_events(days_kept integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  IF days_kept IS NULL OR days_kept < 30 THEN
    RAISE EXCEPTION 'days_kept must be 30 or more' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('sertantai.retention', 'security_events', true);
  DELETE FROM security_events WHERE at < now() - make_interval(days => days_kept);
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM set_config('sertantai.retention', '', true);
  RETURN removed;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_forget_security_events(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_forget_security_events(integer) TO sertantai_accounts;
