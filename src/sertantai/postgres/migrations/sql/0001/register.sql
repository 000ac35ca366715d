-- The register: inserted into and updated, never deleted from.
CREATE TABLE uk_lrt_records (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  record_no integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  name text NOT NULL UNIQUE CHECK (name <> '' AND octet_length(name) <= 2000),
  type_code text,
  year integer,
  number text,
  number_int bigint,
  title_en text,
  live text,
  family text,
  family_ii text,
  md_date date,
  md_description text,
  leg_gov_uk_url text,
  acronym text,
  type_desc text,
  type_class text,
  secondary_class text,
  tags text[],
  role text[],
  geo_extent text,
  geo_region text,
  function jsonb,
  duty_holder jsonb,
  power_holder jsonb,
  rights_holder jsonb,
  purpose jsonb,
  latest_amend_date date,
  extra jsonb NOT NULL DEFAULT '{}',
  search_terms text NOT NULL DEFAULT '',
  -- A default, not the row trigger below: with a BEFORE INSERT trigger for each row, COPY inserts one by one.
  revision bigint NOT NULL
    DEFAULT coalesce(nullif(current_setting('sertantai.register_revision', true), '')::bigint, 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN uk_lrt_records.record_no IS 'what bitmaps hold; never changes, never used again';
COMMENT ON COLUMN uk_lrt_records.search_terms IS 'folded words of title, name and number: what the catalogue searches';
COMMENT ON COLUMN uk_lrt_records.revision IS 'the register_revision at which this row last changed';


-- What an import changed, field by field: {field: {"old": …, "new": …}}.
CREATE TABLE uk_lrt_record_changes (
  record_no integer NOT NULL REFERENCES uk_lrt_records (record_no),
  revision bigint NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  changed_fields jsonb NOT NULL,
  PRIMARY KEY (record_no, revision)
);
CREATE INDEX idx_uk_lrt_record_changes_revision ON uk_lrt_record_changes (revision);

CREATE TABLE register_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL DEFAULT 0,
  changed_at timestamptz NOT NULL DEFAULT now(),
  changed_by_transaction xid8
);
INSERT INTO register_revision DEFAULT VALUES;

-- One revision per transaction. The row lock lasts until commit, so revisions become visible in their
-- order: whoever has seen revision N has seen every row up to N.
CREATE FUNCTION sertantai_next_register_revision() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  next_revision bigint;
BEGIN
  UPDATE register_revision
     SET revision = revision + 1, changed_at = now(), changed_by_transaction = pg_current_xact_id()
   WHERE changed_by_transaction IS DISTINCT FROM pg_current_xact_id()
  RETURNING revision INTO next_revision;
  IF next_revision IS NULL THEN
    SELECT revision INTO STRICT next_revision FROM register_revision;
  END IF;
  PERFORM set_config('sertantai.register_revision', next_revision::text, true);
  PERFORM pg_notify('sertantai_register', next_revision::text);
  RETURN next_revision;
END $$;

CREATE FUNCTION sertantai_open_register_revision() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM sertantai_next_register_revision();
  RETURN NULL;
END $$;

CREATE FUNCTION sertantai_stamp_record() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.record_no <> OLD.record_no OR NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the id and record_no of a record never change' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.updated_at := now();
  NEW.revision := current_setting('sertantai.register_revision')::bigint;
  RETURN NEW;
END $$;

CREATE FUNCTION sertantai_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its rows are kept for ever', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER a_open_revision BEFORE INSERT OR UPDATE ON uk_lrt_records
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_open_register_revision();
CREATE TRIGGER b_stamp_record BEFORE UPDATE ON uk_lrt_records
  FOR EACH ROW EXECUTE FUNCTION sertantai_stamp_record();
CREATE TRIGGER never_delete BEFORE DELETE ON uk_lrt_records
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
CREATE TRIGGER never_truncate BEFORE TRUNCATE ON uk_lrt_records
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON uk_lrt_record_changes
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
-- ALWAYS: session_replication_role = replica does not switch these off.
ALTER TABLE uk_lrt_records ENABLE ALWAYS TRIGGER a_open_revision;
ALTER TABLE uk_lrt_records ENABLE ALWAYS TRIGGER b_stamp_record;
ALTER TABLE uk_lrt_records ENABLE ALWAYS TRIGGER never_delete;
ALTER TABLE uk_lrt_records ENABLE ALWAYS TRIGGER never_truncate;
ALTER TABLE uk_lrt_record_changes ENABLE ALWAYS TRIGGER append_only;

GRANT SELECT ON uk_lrt_records, uk_lrt_record_changes, register_revision
  TO sertantai_app, sertantai_sync, sertantai_register, sertantai_auditor;
GRANT INSERT, UPDATE ON uk_lrt_records TO sertantai_register;
GRANT INSERT ON uk_lrt_record_changes TO sertantai_register;
REVOKE EXECUTE ON FUNCTION sertantai_next_register_revision() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_next_register_revision() TO sertantai_register;
