-- Positions of two owners may be of two journals, which say nothing of each other. With one position for all, what was
-- done later in the slower journal was in neither the baseline nor the trail that is played onto it.
CREATE TABLE audit_baseline_owners (
  user_id uuid PRIMARY KEY,
  position bigint NOT NULL
);
COMMENT ON COLUMN audit_baseline_owners.position IS
  'the baseline holds the effect of every operation in this user''s lists up to here, wherever its rows lie';
GRANT SELECT ON audit_baseline_owners TO sertantai_app, sertantai_auditor;
ALTER TABLE audit_baseline_owners ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_baseline_owners FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_baseline_owners_own ON audit_baseline_owners FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY audit_baseline_owners_auditor ON audit_baseline_owners FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_baseline_owners_migrator ON audit_baseline_owners TO sertantai_migrator
  USING (true) WITH CHECK (true);

INSERT INTO audit_baseline_owners
  SELECT user_id, (SELECT position FROM audit_baseline_position)
    FROM (SELECT user_id FROM selection_audit_log UNION SELECT user_id FROM audit_baseline) AS known
   WHERE (SELECT position FROM audit_baseline_position) > 0;
ALTER TABLE audit_baseline_position RENAME TO audit_baseline_reach;
ALTER TABLE audit_baseline_reach DROP COLUMN position;

-- Adds the effect of all that was done before a month to the baseline.
DROP FUNCTION sertantai_extend_audit_baseline(bigint, timestamptz);
CREATE FUNCTION sertantai_extend_audit_baseline(month_after timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM audit_baseline_reach FOR UPDATE;
  CREATE TEMP TABLE extended ON COMMIT DROP AS
    SELECT l.user_id, max(l.position) AS upto, coalesce(max(b.position), 0) AS reached
      FROM selection_audit_log l LEFT JOIN audit_baseline_owners b USING (user_id)
     WHERE l.created_at < month_after AND l.position IS NOT NULL
     GROUP BY l.user_id;
  CREATE TEMP TABLE last_changes ON COMMIT DROP AS
    SELECT DISTINCT ON (user_id, group_id, record_no) user_id, group_id, record_no,
           action IN ('select', 'bulk_select') AS selected
      FROM selection_audit_log l JOIN extended e USING (user_id)
     WHERE l.position > e.reached AND l.position <= e.upto AND record_no IS NOT NULL AND group_id IS NOT NULL
       AND action <> 'annotate'
     ORDER BY user_id, group_id, record_no, l.position DESC;
  DELETE FROM audit_baseline b USING last_changes c
   WHERE NOT c.selected
     AND (b.user_id, b.group_id, b.record_no) = (c.user_id, c.group_id, c.record_no);
  INSERT INTO audit_baseline
    SELECT user_id, group_id, record_no FROM last_changes WHERE selected ON CONFLICT DO NOTHING;
  INSERT INTO audit_baseline_owners AS b SELECT user_id, upto FROM extended
  ON CONFLICT (user_id) DO UPDATE SET position = greatest(b.position, excluded.position);
  DROP TABLE last_changes, extended;
  UPDATE audit_baseline_reach SET reaches_back_to = greatest(reaches_back_to, month_after);
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_extend_audit_baseline(timestamptz) FROM PUBLIC;

-- As before, each owner up to a position of their own.
CREATE OR REPLACE FUNCTION sertantai_drop_audit_months(months_kept integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  first_kept timestamp := date_trunc('month', sertantai_settled_now() AT TIME ZONE 'UTC') - make_interval(months => months_kept);
  old_months text[];
  month text;
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
  PERFORM sertantai_extend_audit_baseline(first_kept AT TIME ZONE 'UTC');
  FOREACH month IN ARRAY old_months LOOP
    EXECUTE format('DROP TABLE %I', month);
    EXECUTE format('DROP TABLE IF EXISTS %I', replace(month, 'selection_audit_log_', 'selection_operations_'));
  END LOOP;
  DELETE FROM selection_operations WHERE created_at < first_kept AT TIME ZONE 'UTC';
  DELETE FROM selection_activity WHERE at < first_kept AT TIME ZONE 'UTC';
  -- Of people who are gone nothing is compared any more once their whole trail is dropped.
  DELETE FROM erased_lists e
   WHERE NOT EXISTS (SELECT FROM selection_audit_log a WHERE a.user_id = e.user_id);
  DELETE FROM audit_baseline b
   WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = b.user_id)
     AND NOT EXISTS (SELECT FROM erased_lists e WHERE e.user_id = b.user_id);
  DELETE FROM audit_baseline_owners b
   WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = b.user_id)
     AND NOT EXISTS (SELECT FROM erased_lists e WHERE e.user_id = b.user_id);
  RETURN old_months;
END $$;
