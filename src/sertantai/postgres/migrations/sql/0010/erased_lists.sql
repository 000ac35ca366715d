-- The trail outlives its user. What each list held when its user went is kept, so that the trail can be compared with it
-- like every other.
CREATE TABLE erased_lists (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  name text NOT NULL,
  records integer[] NOT NULL,
  erased_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, group_id)
);
ALTER TABLE erased_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY erased_lists_auditor ON erased_lists FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY erased_lists_migrator ON erased_lists TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT ON erased_lists TO sertantai_auditor;

CREATE FUNCTION sertantai_keep_erased_lists() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO erased_lists (user_id, group_id, name, records)
    SELECT g.user_id, g.id, g.name,
           ARRAY(SELECT s.record_no FROM user_record_selections s
                  WHERE s.user_id = g.user_id AND s.selection_group = g.name)
      FROM user_selection_groups g WHERE g.user_id = OLD.id
  ON CONFLICT (user_id, group_id) DO NOTHING;
  RETURN OLD;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_keep_erased_lists() FROM PUBLIC;
CREATE TRIGGER sertantai_keep_erased_lists BEFORE DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION sertantai_keep_erased_lists();

-- Of people who went before: what their trail says is all that is known.
INSERT INTO erased_lists (user_id, group_id, name, records)
  SELECT user_id, group_id, coalesce(max(name), ''), coalesce(array_agg(record_no) FILTER (WHERE selected), '{}')
    FROM (
      SELECT DISTINCT ON (user_id, group_id, record_no) user_id, group_id, record_no, name, selected
        FROM (
          SELECT user_id, group_id, record_no, selection_group AS name,
                 action IN ('select', 'bulk_select') AS selected, position
            FROM selection_audit_log
           WHERE record_no IS NOT NULL AND group_id IS NOT NULL AND action <> 'annotate'
             AND position > (SELECT position FROM audit_baseline_position)
          UNION ALL
          SELECT user_id, group_id, record_no, NULL, true, -1 FROM audit_baseline
        ) AS changes
       ORDER BY user_id, group_id, record_no, position DESC
    ) AS last
   WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = last.user_id)
   GROUP BY user_id, group_id;

-- As before, by the time that is believed.
CREATE OR REPLACE FUNCTION sertantai_drop_audit_months(months_kept integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  first_kept timestamp := date_trunc('month', sertantai_settled_now() AT TIME ZONE 'UTC') - make_interval(months => months_kept);
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
  RETURN old_months;
END $$;
