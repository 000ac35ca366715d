-- Whose rows lie in a month: as many looks into an index as there are owners.
CREATE FUNCTION sertantai_owners_in(month regclass) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  owners uuid[];
BEGIN
  EXECUTE format(
    'WITH RECURSIVE o (id) AS ('
    '  (SELECT m.user_id FROM %1$s m ORDER BY m.user_id LIMIT 1)'
    '  UNION ALL'
    '  SELECT (SELECT m.user_id FROM %1$s m WHERE m.user_id > o.id ORDER BY m.user_id LIMIT 1) FROM o WHERE o.id IS NOT NULL'
    ') SELECT coalesce(array_agg(o.id), ''{}'') FROM o WHERE o.id IS NOT NULL', month) INTO owners;
  RETURN owners;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_owners_in(regclass) FROM PUBLIC;

-- The oldest month with rows of owners whose period has ended; whether everybody's has, and nothing of it is wanted.
CREATE FUNCTION sertantai_due_audit_month(site_months integer)
RETURNS TABLE (month text, starts timestamptz, ends timestamptz, is_dropped boolean, leaving uuid[])
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  this_month timestamp := date_trunc('month', sertantai_settled_now() AT TIME ZONE 'UTC');
  own_owners uuid[];
  own_months integer[];
  owners uuid[];
  start timestamp;
BEGIN
  SELECT coalesce(array_agg(p.owner), '{}'), coalesce(array_agg(p.keep_months), '{}') INTO own_owners, own_months
    FROM sertantai_own_periods() p WHERE p.keep_months > 0;
  IF site_months = 0 AND own_owners = '{}' THEN
    RETURN;
  END IF;
  FOR month IN
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'selection_audit_log'::regclass AND c.relname ~ '^selection_audit_log_\d{4}_\d{2}$'
     ORDER BY 1
  LOOP
    start := to_timestamp(right(month, 7), 'YYYY_MM')::timestamp;
    EXIT WHEN start >= this_month;
    IF site_months > 0 AND start < this_month - make_interval(months => site_months) THEN
      owners := sertantai_owners_in(month::regclass);
      SELECT coalesce(array_agg(o), '{}') INTO leaving FROM unnest(owners) o
       WHERE NOT EXISTS (SELECT FROM unnest(own_owners, own_months) k (owner, months)
                          WHERE k.owner = o AND start >= this_month - make_interval(months => k.months));
      is_dropped := cardinality(leaving) = cardinality(owners);
    ELSE
      is_dropped := false;
      EXECUTE format('SELECT coalesce(array_agg(k.owner), ''{}'') FROM unnest($1, $2) k (owner, months)'
                     ' WHERE $3 < $4 - make_interval(months => k.months)'
                     '   AND EXISTS (SELECT FROM %I m WHERE m.user_id = k.owner)', month)
         INTO leaving USING own_owners, own_months, start, this_month;
    END IF;
    IF is_dropped OR leaving <> '{}' THEN
      starts := start AT TIME ZONE 'UTC';
      ends := (start + interval '1 month') AT TIME ZONE 'UTC';
      RETURN NEXT;
      RETURN;
    END IF;
  END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_due_audit_month(integer) FROM PUBLIC;

-- Which organizations lose rows with the month that is due, and the end of that month: what their members might do is
-- kept first.
CREATE FUNCTION sertantai_organizations_due(site_months integer) RETURNS TABLE (organization uuid, month_after timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id, d.ends FROM sertantai_due_audit_month(site_months) d JOIN organizations o ON o.id = ANY (d.leaving)
   WHERE NOT sertantai_rights_are_kept(o.id, d.ends)
   ORDER BY o.id
$$;
REVOKE EXECUTE ON FUNCTION sertantai_organizations_due(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_organizations_due(integer) TO sertantai_sync;

-- A copy of a month beside it, without some owners' rows: what it still wants to be its equal is a parent.
CREATE FUNCTION sertantai_copy_month(month text, starts timestamptz, ends timestamptz, leaving uuid[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  copy text := replace(month, 'selection_', 'rewritten_');
  copied bigint;
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', copy, month);
  -- As its parent will ask for it: so it need not be looked for while everybody waits.
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT within_month CHECK (created_at >= %L AND created_at < %L)',
                 copy, starts, ends);
  EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE user_id <> ALL ($1)', copy, month) USING leaving;
  GET DIAGNOSTICS copied = ROW_COUNT;
  EXECUTE format('ANALYZE %I', copy);
  RETURN copied;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_copy_month(text, timestamptz, timestamptz, uuid[]) FROM PUBLIC;

-- Puts the copy in the month's place, under the lock that its caller has. What was written meanwhile would be lost:
-- then nothing is done.
CREATE FUNCTION sertantai_swap_month(parent text, month text, starts timestamptz, ends timestamptz, leaving uuid[],
                                     copied bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  copy text := replace(month, 'selection_', 'rewritten_');
  index_name text;
  stays bigint;
  goes bigint;
BEGIN
  EXECUTE format('SELECT count(*) FILTER (WHERE user_id <> ALL ($1)), count(*) FILTER (WHERE user_id = ANY ($1)) FROM %I',
                 month) INTO stays, goes USING leaving;
  IF stays <> copied THEN
    RAISE EXCEPTION '% was written to while it was copied', month USING ERRCODE = 'serialization_failure';
  END IF;
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
  RETURN goes;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_swap_month(text, text, timestamptz, timestamptz, uuid[], bigint) FROM PUBLIC;

-- Does what is due with the oldest month that something is due with, and says what; nothing: nothing is due. A month is
-- dropped when nobody's period wants anything of it, else rewritten without whole owners; nothing is changed in place.
-- Whose, the tables say: what the site keeps is all that is told (0: for ever). Gives up after two seconds of waiting
-- for a lock. The rows of the default partition stay: they are of no month.
DROP FUNCTION sertantai_drop_audit_months(integer);
CREATE FUNCTION sertantai_retain_audit_month(site_months integer)
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
    -- As the synchroniser takes them, which goes first.
    LOCK TABLE selection_audit_log, selection_operations IN ACCESS EXCLUSIVE MODE;
    rows_gone := sertantai_swap_month(
      'selection_audit_log', due.month, due.starts, due.ends, due.leaving, trail_copied);
    PERFORM sertantai_swap_month(
      'selection_operations', operations, due.starts, due.ends, due.leaving, operations_copied);
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
REVOKE EXECUTE ON FUNCTION sertantai_retain_audit_month(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_retain_audit_month(integer) TO sertantai_sync;
