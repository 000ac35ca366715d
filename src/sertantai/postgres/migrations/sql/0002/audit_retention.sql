-- Retention drops whole months of the trail. What the dropped months led to is kept as a baseline, so that
-- every list can still be rebuilt from baseline and trail, and checked (sertantai audit verify).
CREATE TABLE audit_baseline_position (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL DEFAULT 0,
  reaches_back_to timestamptz
);
COMMENT ON COLUMN audit_baseline_position.position IS
  'the baseline holds the effect of every operation up to here, wherever its rows lie';
COMMENT ON COLUMN audit_baseline_position.reaches_back_to IS 'the trail is complete from here on; null: from the start';
INSERT INTO audit_baseline_position DEFAULT VALUES;

CREATE TABLE audit_baseline (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  record_no integer NOT NULL,
  PRIMARY KEY (user_id, group_id, record_no)
);

GRANT SELECT ON audit_baseline_position, audit_baseline TO sertantai_app, sertantai_auditor;
ALTER TABLE audit_baseline ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_baseline FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_baseline_own ON audit_baseline FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY audit_baseline_auditor ON audit_baseline FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_baseline_migrator ON audit_baseline TO sertantai_migrator USING (true) WITH CHECK (true);

-- Adds the effect of every operation up to a position to the baseline.
CREATE FUNCTION sertantai_extend_audit_baseline(upto bigint, month_after timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  reached bigint := (SELECT position FROM audit_baseline_position FOR UPDATE);
BEGIN
  CREATE TEMP TABLE last_changes ON COMMIT DROP AS
    SELECT DISTINCT ON (user_id, group_id, record_no) user_id, group_id, record_no,
           action IN ('select', 'bulk_select') AS selected
      FROM selection_audit_log
     WHERE position > reached AND position <= upto AND record_no IS NOT NULL AND group_id IS NOT NULL
       AND action <> 'annotate'
     ORDER BY user_id, group_id, record_no, position DESC;
  DELETE FROM audit_baseline b USING last_changes c
   WHERE NOT c.selected
     AND (b.user_id, b.group_id, b.record_no) = (c.user_id, c.group_id, c.record_no);
  INSERT INTO audit_baseline
    SELECT user_id, group_id, record_no FROM last_changes WHERE selected ON CONFLICT DO NOTHING;
  DROP TABLE last_changes;
  UPDATE audit_baseline_position
     SET position = greatest(position, upto), reaches_back_to = greatest(reaches_back_to, month_after);
END $$;

-- Drops the months that lie more than `months_kept` before this one; returns their names. The rows of the
-- default partition stay: they are of no month. Gives up after two seconds of waiting for a lock.
CREATE FUNCTION sertantai_drop_audit_months(months_kept integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  first_kept timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => months_kept);
  old_months text[];
  month text;
  highest bigint;
BEGIN
  IF months_kept IS NULL OR months_kept NOT BETWEEN 1 AND 1200 THEN
    RAISE EXCEPTION 'months_kept must be 1 to 1200' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('sertantai_make_audit_partitions', 0));
  SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}') INTO old_months
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'selection_audit_log'::regclass
     AND c.relname ~ '^selection_audit_log_\d{4}_\d{2}$'
     AND c.relname < 'selection_audit_log_' || to_char(first_kept, 'YYYY_MM');
  IF old_months = '{}' THEN
    RETURN old_months;
  END IF;
  -- Through the parent: a partition itself shows its rows to nobody.
  SELECT coalesce(max(position), 0) INTO highest
    FROM selection_audit_log WHERE created_at < first_kept AT TIME ZONE 'UTC';
  PERFORM sertantai_extend_audit_baseline(highest, first_kept AT TIME ZONE 'UTC');
  FOREACH month IN ARRAY old_months LOOP
    EXECUTE format('DROP TABLE %I', month);
  END LOOP;
  RETURN old_months;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_extend_audit_baseline(bigint, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION sertantai_drop_audit_months(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_drop_audit_months(integer) TO sertantai_sync;

-- Which operations were taken back, for the history page. Few rows carry it.
CREATE INDEX idx_audit_undoes ON selection_audit_log (user_id, (metadata ->> 'undoes')) WHERE metadata ? 'undoes';

-- Somebody asks for a rejected operation to be tried again (sertantai sync rejections retry). Only the running
-- server performs it: it alone may write the journal.
ALTER TABLE sync_rejections ADD COLUMN retry_requested_at timestamptz;
CREATE INDEX idx_sync_rejections_retry ON sync_rejections (retry_requested_at)
  WHERE retry_requested_at IS NOT NULL AND resolved_at IS NULL;

-- The owner sees a partition's rows, as those of its parent: pg_dump reads partition by partition, and without
-- this policy a backup would hold none of the trail.
CREATE OR REPLACE FUNCTION sertantai_guard_audit_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE POLICY audit_partition_migrator ON %s TO sertantai_migrator '
                 'USING (true) WITH CHECK (true)', partition);
  EXECUTE format('CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                 'FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse()', partition);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_statement', partition);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', partition);
END $$;

DO $$
DECLARE
  partition regclass;
BEGIN
  FOR partition IN SELECT inhrelid::regclass FROM pg_inherits
                    WHERE inhparent = 'selection_audit_log'::regclass LOOP
    EXECUTE format('CREATE POLICY audit_partition_migrator ON %s TO sertantai_migrator '
                   'USING (true) WITH CHECK (true)', partition);
  END LOOP;
END $$;
