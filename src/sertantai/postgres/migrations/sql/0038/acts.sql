-- What retention has done, kept for ever: with each act in its own transaction, so that what has no line was not done by it.
CREATE TABLE retention_acts (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  class text NOT NULL,
  act text NOT NULL CONSTRAINT retention_acts_known CHECK (act IN ('dropped', 'rewritten', 'deleted')),
  month text,
  rows_gone bigint NOT NULL,
  rows_changed bigint NOT NULL DEFAULT 0,
  by_action jsonb NOT NULL DEFAULT '{}',
  operations_gone bigint NOT NULL DEFAULT 0,
  owners integer NOT NULL DEFAULT 0,
  policies jsonb NOT NULL,
  archive jsonb
);
CREATE INDEX idx_retention_acts_at ON retention_acts (at);
COMMENT ON COLUMN retention_acts.month IS 'of the trail, as 2026-01; null: of a table that has no months';
COMMENT ON COLUMN retention_acts.rows_changed IS 'they stay, and nobody learns from them any more from where';
COMMENT ON COLUMN retention_acts.policies IS 'what counted, as it was asked for';
COMMENT ON COLUMN retention_acts.archive IS 'the files that the month was written to before, with their hashes';

-- Each turn, and how it ended.
CREATE TABLE retention_runs (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  acts integer NOT NULL,
  error text
);
CREATE INDEX idx_retention_runs_ended ON retention_runs (ended_at);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{retention_acts,retention_runs}'::text[] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY %1$s_sync ON %1$I TO sertantai_sync USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY %1$s_auditor ON %1$I FOR SELECT TO sertantai_auditor USING (true)', name);
    EXECUTE format('CREATE POLICY %1$s_migrator ON %1$I TO sertantai_migrator USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT ON %I TO sertantai_sync', name);
    EXECUTE format('GRANT SELECT ON %I TO sertantai_auditor', name);
  END LOOP;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON retention_acts
  FOR EACH ROW EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE retention_acts ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_statement BEFORE TRUNCATE ON retention_acts
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE retention_acts ENABLE ALWAYS TRIGGER append_only_statement;
