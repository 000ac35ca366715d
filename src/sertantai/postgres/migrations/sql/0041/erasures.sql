-- Who is to be erased, and who was: of somebody who is gone it names an id that leads to nobody.
CREATE TABLE erasures (
  id uuid PRIMARY KEY,
  person uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  asked_by uuid,
  reason text NOT NULL CONSTRAINT erasures_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  due_at timestamptz NOT NULL,
  again boolean NOT NULL DEFAULT false,
  taken_back_at timestamptz,
  begun_at timestamptz,
  done_at timestamptz,
  went jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT erasures_one_end CHECK (taken_back_at IS NULL OR begun_at IS NULL),
  CONSTRAINT erasures_in_order CHECK (done_at IS NULL OR begun_at IS NOT NULL)
);
COMMENT ON COLUMN erasures.asked_by IS 'null: on the command line of the server';
COMMENT ON COLUMN erasures.again IS 'a restored database had them once more';
COMMENT ON COLUMN erasures.went IS 'of each table how many rows went or lost what was personal in them';
CREATE UNIQUE INDEX erasures_one_at_a_time ON erasures (person) WHERE taken_back_at IS NULL AND done_at IS NULL;
CREATE INDEX idx_erasures_due ON erasures (due_at) WHERE taken_back_at IS NULL AND done_at IS NULL;

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY erasures_accounts ON erasures TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY erasures_sync ON erasures TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY erasures_auditor ON erasures FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY erasures_migrator ON erasures TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON erasures TO sertantai_accounts, sertantai_sync;
GRANT UPDATE (taken_back_at) ON erasures TO sertantai_accounts;
GRANT UPDATE (done_at, went) ON erasures TO sertantai_sync;
GRANT SELECT ON erasures TO sertantai_auditor;

-- What was done is not undone in words.
CREATE FUNCTION sertantai_guard_erasures() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.done_at IS NULL AND OLD.taken_back_at IS NULL
     AND (NEW.id, NEW.person, NEW.asked_at, NEW.reason, NEW.due_at, NEW.again)
       = (OLD.id, OLD.person, OLD.asked_at, OLD.reason, OLD.due_at, OLD.again)
     AND NEW.asked_by IS NOT DISTINCT FROM OLD.asked_by THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% on % is refused: its rows are kept', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_guard_erasures() FROM PUBLIC;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON erasures FOR EACH ROW EXECUTE FUNCTION sertantai_guard_erasures();
ALTER TABLE erasures ENABLE ALWAYS TRIGGER kept;
CREATE TRIGGER kept_as_a_whole BEFORE TRUNCATE ON erasures FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE erasures ENABLE ALWAYS TRIGGER kept_as_a_whole;
