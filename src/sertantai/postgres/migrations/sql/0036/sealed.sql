-- Which leaf of the sealed log a row is part of; null: it was written before there was one.
ALTER TABLE selection_audit_log ADD COLUMN journal_id uuid, ADD COLUMN part integer;
COMMENT ON COLUMN selection_audit_log.journal_id IS 'the journal that the position is one of; null: written before rows were sealed';
COMMENT ON COLUMN selection_audit_log.part IS 'an operation that was written in parts: which one, from 0';

-- What one transaction of the synchroniser wrote, a hash an operation: to be taken into the sealed log, and kept a week.
CREATE TABLE audit_leaves (
  journal_id uuid NOT NULL,
  position bigint NOT NULL,
  part integer NOT NULL,
  places bytea NOT NULL,
  leaves bytea NOT NULL,
  mac bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (journal_id, position, part),
  CONSTRAINT audit_leaves_whole CHECK (octet_length(leaves) % 32 = 0 AND octet_length(places) * 32 = octet_length(leaves) * 12)
);
COMMENT ON COLUMN audit_leaves.position IS 'of the first of them, as part is';
COMMENT ON COLUMN audit_leaves.places IS 'of each its position (8 bytes) and part (4), big-endian';
COMMENT ON COLUMN audit_leaves.mac IS 'with a key that is not in the database';
GRANT SELECT, INSERT, DELETE ON audit_leaves TO sertantai_sync;
GRANT SELECT ON audit_leaves TO sertantai_auditor;
ALTER TABLE audit_leaves ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_leaves FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_leaves_sync ON audit_leaves TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_leaves_auditor ON audit_leaves FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_leaves_migrator ON audit_leaves TO sertantai_migrator USING (true) WITH CHECK (true);

-- How many entries the history of each list has, and the hash of the last; of an owner's whole history under its own id.
CREATE TABLE audit_chains (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  number bigint NOT NULL,
  head bytea NOT NULL CHECK (octet_length(head) = 32),
  PRIMARY KEY (user_id, group_id)
);
COMMENT ON COLUMN audit_chains.group_id IS 'equal to user_id: all that this owner''s log tells';
GRANT SELECT, INSERT, UPDATE ON audit_chains TO sertantai_sync;
GRANT SELECT ON audit_chains TO sertantai_auditor;
ALTER TABLE audit_chains ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chains FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_chains_sync ON audit_chains TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_chains_auditor ON audit_chains FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_chains_migrator ON audit_chains TO sertantai_migrator USING (true) WITH CHECK (true);

-- With what personal fields and free text are hidden in the sealed log: a key for each person, month and class. Where a
-- key is gone, nobody can tell any more what was sealed with it.
CREATE TABLE audit_blinds (
  subject uuid NOT NULL,
  month integer NOT NULL CHECK (month % 100 BETWEEN 1 AND 12),
  class text NOT NULL CHECK (class IN ('origin', 'content', 'identity')),
  key bytea NOT NULL CHECK (octet_length(key) = 32),
  PRIMARY KEY (subject, month, class)
);
COMMENT ON COLUMN audit_blinds.month IS 'year times 100 plus month, of the deed, in UTC';
GRANT SELECT, INSERT ON audit_blinds TO sertantai_sync, sertantai_accounts;
GRANT SELECT ON audit_blinds TO sertantai_auditor;
GRANT DELETE ON audit_blinds TO sertantai_sync;
ALTER TABLE audit_blinds ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_blinds FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_blinds_sync ON audit_blinds TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_blinds_accounts ON audit_blinds TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY audit_blinds_auditor ON audit_blinds FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_blinds_migrator ON audit_blinds TO sertantai_migrator USING (true) WITH CHECK (true);

-- What commitments were, of which the key or the value is gone by a notice of retention or erasure: so that the entry
-- can still be worked out.
CREATE TABLE audit_opaque (
  journal_id uuid NOT NULL,
  position bigint NOT NULL,
  part integer NOT NULL,
  field text NOT NULL,
  commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
  notice uuid NOT NULL,
  PRIMARY KEY (journal_id, position, part, field)
);
COMMENT ON COLUMN audit_opaque.field IS 'origin, named, or content/ and the number of a law';
GRANT SELECT, INSERT ON audit_opaque TO sertantai_sync, sertantai_accounts;
GRANT SELECT ON audit_opaque TO sertantai_auditor;
ALTER TABLE audit_opaque ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_opaque FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_opaque_sync ON audit_opaque TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_opaque_accounts ON audit_opaque TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY audit_opaque_auditor ON audit_opaque FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_opaque_migrator ON audit_opaque TO sertantai_migrator USING (true) WITH CHECK (true);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_opaque
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE audit_opaque ENABLE ALWAYS TRIGGER append_only;

-- Where histories go on of which the beginning was dropped: the number and hash of the last entry that went.
CREATE TABLE audit_chain_floors (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  number bigint NOT NULL,
  head bytea NOT NULL CHECK (octet_length(head) = 32),
  PRIMARY KEY (user_id, group_id)
);
GRANT SELECT, INSERT, UPDATE ON audit_chain_floors TO sertantai_sync;
GRANT SELECT ON audit_chain_floors TO sertantai_auditor;
ALTER TABLE audit_chain_floors ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chain_floors FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_chain_floors_sync ON audit_chain_floors TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_chain_floors_auditor ON audit_chain_floors FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_chain_floors_migrator ON audit_chain_floors TO sertantai_migrator USING (true) WITH CHECK (true);
