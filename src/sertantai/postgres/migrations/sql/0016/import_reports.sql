-- What became of each line of an import. Written beside the log of operations: no tick waits for it or is lost with it.
-- A large import comes in several requests, each with a part of the report. No reference to the list: it may have been
-- made a moment ago, and its row is still on its way.
CREATE TABLE import_reports (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  group_id uuid NOT NULL,
  import_id uuid NOT NULL,
  operation_id uuid NOT NULL,
  actor_id uuid NOT NULL,
  imported_at timestamptz NOT NULL,
  imported integer NOT NULL,
  already integer NOT NULL,
  repeated integer NOT NULL,
  ambiguous integer NOT NULL,
  missing integer NOT NULL,
  left_out integer NOT NULL,
  plain_bytes integer NOT NULL,
  report bytea NOT NULL CONSTRAINT import_reports_size CHECK (octet_length(report) <= 4194304),
  PRIMARY KEY (user_id, group_id, import_id, operation_id),
  CONSTRAINT import_reports_counts
    CHECK (least(imported, already, repeated, ambiguous, missing, left_out, plain_bytes) >= 0)
);
ALTER TABLE import_reports ALTER COLUMN report SET STORAGE EXTERNAL;
COMMENT ON COLUMN import_reports.import_id IS 'all parts of one import have the same';
COMMENT ON COLUMN import_reports.operation_id IS 'what brought the laws of this part in; sent again, it is the same part';
COMMENT ON COLUMN import_reports.report IS
  'zlib of lines, each a JSON array: line, text, outcome, record id or null, reason or null';

GRANT SELECT, INSERT, DELETE ON import_reports TO sertantai_app;

ALTER TABLE import_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY import_reports_own ON import_reports TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid)
  WITH CHECK (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY import_reports_migrator ON import_reports TO sertantai_migrator USING (true) WITH CHECK (true);

-- They end with their list, in the transaction that ends it.
CREATE FUNCTION sertantai_end_import_reports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM import_reports r USING ended e WHERE (r.user_id, r.group_id) = (e.user_id, e.id);
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_end_import_reports() FROM PUBLIC;
CREATE TRIGGER end_import_reports AFTER DELETE ON user_selection_groups
  REFERENCING OLD TABLE AS ended FOR EACH STATEMENT EXECUTE FUNCTION sertantai_end_import_reports();
