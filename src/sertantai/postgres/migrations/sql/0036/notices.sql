-- What the log tells beside changes of lists: written in the transaction of what it tells.
CREATE TABLE audit_notices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  told bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  kind text NOT NULL CONSTRAINT audit_notices_kind_known CHECK (kind IN (
    'list', 'person', 'rejected', 'access', 'events', 'register', 'policy', 'hold', 'retention', 'erasure', 'balance',
    'statement', 'reviewed', 'key', 'restore', 'checked')),
  subject uuid,
  actor uuid,
  body jsonb NOT NULL CONSTRAINT audit_notices_bound CHECK (octet_length(body::text) <= 1048576),
  mac bytea NOT NULL
);
COMMENT ON COLUMN audit_notices.subject IS 'whom or which list or organization it is about';
COMMENT ON COLUMN audit_notices.mac IS 'with a key that is not in the database';
CREATE INDEX idx_audit_notices_told ON audit_notices (told);
CREATE INDEX idx_audit_notices_kind_at ON audit_notices (kind, at);
CREATE INDEX idx_audit_notices_subject_at ON audit_notices (subject, at);
GRANT SELECT, INSERT ON audit_notices TO sertantai_sync, sertantai_accounts, sertantai_register;
GRANT SELECT ON audit_notices TO sertantai_auditor;
ALTER TABLE audit_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_notices_sync ON audit_notices TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_notices_accounts ON audit_notices TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY audit_notices_register ON audit_notices TO sertantai_register USING (true) WITH CHECK (true);
CREATE POLICY audit_notices_auditor ON audit_notices FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_notices_migrator ON audit_notices TO sertantai_migrator USING (true) WITH CHECK (true);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_notices
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE audit_notices ENABLE ALWAYS TRIGGER append_only;
