-- What may not go, whoever's time is over: placed and released by somebody, with a reason, and never taken away.
CREATE TABLE legal_holds (
  id uuid PRIMARY KEY,
  scope text NOT NULL
    CONSTRAINT legal_holds_scope_known CHECK (scope IN ('installation', 'organization', 'list', 'law', 'person')),
  target uuid,
  reason text NOT NULL,
  placed_by uuid,
  placed_at timestamptz NOT NULL,
  released_by uuid,
  released_at timestamptz,
  release_reason text,
  CONSTRAINT legal_holds_named CHECK ((scope = 'installation') = (target IS NULL))
);
COMMENT ON COLUMN legal_holds.target IS 'of a person and an organization their id in users, of a law its record''s';
COMMENT ON COLUMN legal_holds.placed_by IS 'null: on the command line of the server';

ALTER TABLE legal_holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE legal_holds FORCE ROW LEVEL SECURITY;
CREATE POLICY legal_holds_accounts ON legal_holds TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY legal_holds_sync ON legal_holds FOR SELECT TO sertantai_sync USING (true);
CREATE POLICY legal_holds_auditor ON legal_holds FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY legal_holds_migrator ON legal_holds TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON legal_holds TO sertantai_accounts;
GRANT UPDATE (released_by, released_at, release_reason) ON legal_holds TO sertantai_accounts;
GRANT SELECT ON legal_holds TO sertantai_sync, sertantai_auditor;

-- A hold is placed once and released once: nothing else of it changes, also not by the owner of the table.
CREATE FUNCTION sertantai_guard_legal_holds() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL
     AND (NEW.id, NEW.scope, NEW.reason, NEW.placed_at) = (OLD.id, OLD.scope, OLD.reason, OLD.placed_at)
     AND (NEW.target, NEW.placed_by) IS NOT DISTINCT FROM (OLD.target, OLD.placed_by) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% on % is refused: a hold is placed once and released once', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER placed_and_released_once BEFORE UPDATE OR DELETE ON legal_holds
  FOR EACH ROW EXECUTE FUNCTION sertantai_guard_legal_holds();
ALTER TABLE legal_holds ENABLE ALWAYS TRIGGER placed_and_released_once;
CREATE TRIGGER kept_as_a_whole BEFORE TRUNCATE ON legal_holds
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE legal_holds ENABLE ALWAYS TRIGGER kept_as_a_whole;
