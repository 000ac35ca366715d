-- Whether a month is still what was copied of it, and how many rows go with it. From here on nobody writes of that month
-- until the transaction ends, and everybody reads it; what was written meanwhile would be lost: then nothing is done.
CREATE FUNCTION sertantai_count_month(month text, leaving uuid[], copied bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  stays bigint;
  goes bigint;
BEGIN
  EXECUTE format('LOCK TABLE ONLY %I IN SHARE MODE', month);
  EXECUTE format('SELECT count(*) FILTER (WHERE user_id <> ALL ($1)), count(*) FILTER (WHERE user_id = ANY ($1)) FROM %I',
                 month) INTO stays, goes USING leaving;
  IF stays <> copied THEN
    RAISE EXCEPTION '% was written to while it was copied', month USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN goes;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_count_month(text, uuid[], bigint) FROM PUBLIC;

-- Puts the copy in the place of a month that was counted, under the lock that its caller has.
DROP FUNCTION sertantai_swap_month(text, text, timestamptz, timestamptz, uuid[], bigint);
CREATE FUNCTION sertantai_swap_month(parent text, month text, starts timestamptz, ends timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  copy text := replace(month, 'selection_', 'rewritten_');
  index_name text;
BEGIN
  EXECUTE format('DROP TABLE %I', month);
  EXECUTE format('ALTER TABLE %I RENAME TO %I', copy, month);
  FOR index_name IN SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = month LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', index_name, replace(index_name, 'rewritten_', 'selection_'));
  END LOOP;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, month, starts, ends);
  EXECUTE format('ALTER TABLE %I DROP CONSTRAINT within_month', month);
  IF parent = 'selection_audit_log' THEN
    PERFORM sertantai_guard_audit_partition(month::regclass);
  ELSE
    PERFORM sertantai_guard_operations_partition(month::regclass);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_swap_month(text, text, timestamptz, timestamptz) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sertantai_retain_audit_month(site_months integer)
RETURNS TABLE (month text, is_dropped boolean, owners integer, rows_gone bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  due record;
  operations text;
  trail_copied bigint;
  operations_copied bigint;
BEGIN
  IF site_months IS NULL OR site_months NOT BETWEEN 0 AND 1200 THEN
    RAISE EXCEPTION 'site_months must be 0 to 1200' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('sertantai_make_audit_partitions', 0));
  SELECT * INTO due FROM sertantai_due_audit_month(site_months);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  operations := replace(due.month, 'selection_audit_log_', 'selection_operations_');
  IF EXISTS (SELECT FROM organizations o
              WHERE o.id = ANY (due.leaving) AND NOT sertantai_rights_are_kept(o.id, due.ends)) THEN
    RAISE EXCEPTION 'what members of an organization might do in % is not kept yet', due.month
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM sertantai_extend_audit_baseline(due.leaving, due.ends);
  IF due.is_dropped THEN
    EXECUTE format('DROP TABLE %I', due.month);
    EXECUTE format('DROP TABLE IF EXISTS %I', operations);
  ELSE
    trail_copied := sertantai_copy_month(due.month, due.starts, due.ends, due.leaving);
    operations_copied := sertantai_copy_month(operations, due.starts, due.ends, due.leaving);
    -- Nobody but who writes of this very month waits while they are counted.
    rows_gone := sertantai_count_month(due.month, due.leaving, trail_copied);
    PERFORM sertantai_count_month(operations, due.leaving, operations_copied);
    -- As the synchroniser takes them, which goes first.
    LOCK TABLE selection_audit_log, selection_operations IN ACCESS EXCLUSIVE MODE;
    PERFORM sertantai_swap_month('selection_audit_log', due.month, due.starts, due.ends);
    PERFORM sertantai_swap_month('selection_operations', operations, due.starts, due.ends);
  END IF;
  DELETE FROM selection_operations o WHERE o.created_at < due.ends AND o.user_id = ANY (due.leaving);
  DELETE FROM selection_activity a WHERE a.at < due.ends AND a.user_id = ANY (due.leaving);
  -- Of people who are gone nothing is compared any more once their whole trail is dropped.
  DELETE FROM erased_lists e
   WHERE NOT EXISTS (SELECT FROM selection_audit_log a WHERE a.user_id = e.user_id);
  DELETE FROM audit_baseline b
   WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = b.user_id)
     AND NOT EXISTS (SELECT FROM erased_lists e WHERE e.user_id = b.user_id);
  DELETE FROM audit_baseline_owners b
   WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = b.user_id)
     AND NOT EXISTS (SELECT FROM erased_lists e WHERE e.user_id = b.user_id);
  DELETE FROM audit_baseline_rights b
   WHERE NOT EXISTS (SELECT FROM organizations o WHERE o.id = b.user_id);
  month := due.month;
  is_dropped := due.is_dropped;
  owners := cardinality(due.leaving);
  RETURN NEXT;
END $$;
