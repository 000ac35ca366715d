-- The act asks the tables, and takes no word for it from whoever calls: not what is kept, not whose, not which month.
DROP FUNCTION sertantai_retain_audit_month(integer);
DROP FUNCTION sertantai_organizations_due(integer);
DROP FUNCTION sertantai_due_audit_month(integer);
DROP FUNCTION sertantai_copy_month(text, timestamptz, timestamptz, uuid[]);
DROP FUNCTION sertantai_count_month(text, uuid[], bigint);
DROP FUNCTION sertantai_swap_month(text, text, timestamptz, timestamptz);
ALTER TABLE audit_rewrites ADD COLUMN policies text;
COMMENT ON COLUMN audit_rewrites.policies IS 'of what retention began: the policies of then';

-- Which organizations lose rows with the month that is due, and the end of that month: what their members might do is
-- kept first.
CREATE FUNCTION sertantai_organizations_due() RETURNS TABLE (organization uuid, month_after timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id, sertantai_end_of_month(d.month)
    FROM sertantai_due_months(sertantai_settled_now(), false) d JOIN organizations o ON o.id = ANY (d.leaving)
   WHERE NOT sertantai_rights_are_kept(o.id, sertantai_end_of_month(d.month))
   ORDER BY o.id
$$;
REVOKE EXECUTE ON FUNCTION sertantai_organizations_due() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_organizations_due() TO sertantai_sync;

-- Begins what is due with the oldest month that something is due with, and says what; nothing: nothing is due.
CREATE FUNCTION sertantai_retain_audit_month()
RETURNS TABLE (month text, change jsonb, is_dropped boolean, leaving uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
  PERFORM sertantai_lock_months();
  SELECT * INTO month, change, is_dropped, leaving FROM sertantai_due_months(sertantai_settled_now(), false);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM organizations o WHERE o.id = ANY (leaving)
                AND NOT sertantai_rights_are_kept(o.id, sertantai_end_of_month(month))) THEN
    RAISE EXCEPTION 'what members of an organization might do in % is not kept yet', month
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- Whatever went of somebody: a history without some of its entries begins behind them.
  PERFORM sertantai_extend_audit_baseline(leaving, sertantai_end_of_month(month));
  IF is_dropped THEN
    PERFORM sertantai_begin_drop(month);
  ELSE
    PERFORM sertantai_begin_rewrite(month, change);
    IF change ? 'origins' THEN
      INSERT INTO audit_origins_gone AS g VALUES (month, md5((change -> 'origins') || sertantai_held_sql(month)))
      ON CONFLICT ON CONSTRAINT audit_origins_gone_pkey DO UPDATE SET by = excluded.by;
    END IF;
  END IF;
  UPDATE audit_rewrites SET policies = sertantai_policies_digest() WHERE begun_by = pg_current_xact_id();
  RETURN NEXT;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_retain_audit_month() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_retain_audit_month() TO sertantai_sync;

-- Begins to drop a month as a whole.
CREATE FUNCTION sertantai_begin_drop(month text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  operations text := replace(month, 'selection_audit_log_', 'selection_operations_');
  counted bigint;
  old_operations bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %I', month) INTO counted;
  -- What lies in the default table has no month of its own.
  EXECUTE format('CREATE TABLE IF NOT EXISTS %I (LIKE selection_operations)', operations);
  EXECUTE format('SELECT count(*) FROM %I', operations) INTO old_operations;
  INSERT INTO audit_rewrites (month, change, held, mark, copied, counted, operations)
  VALUES (month, '{}', sertantai_held_sql(month), 9223372036854775807, NULL, counted, old_operations);
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_begin_drop(text) FROM PUBLIC;

-- Under the lock the policies are asked again, as the holds are.
CREATE FUNCTION sertantai_still_wanted() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.policies <> sertantai_policies_digest() THEN
    RAISE EXCEPTION 'what is kept was decided anew meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN OLD;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_still_wanted() FROM PUBLIC;
CREATE TRIGGER still_wanted BEFORE DELETE ON audit_rewrites
  FOR EACH ROW EXECUTE FUNCTION sertantai_still_wanted();

-- What is left over once months went: of whoever is gone with their whole trail nothing is compared any more.
CREATE FUNCTION sertantai_tidy_after_months() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM selection_activity a USING audit_baseline_owners b
   WHERE a.user_id = b.user_id AND a.at < b.reaches_back_to
     AND NOT EXISTS (SELECT FROM selection_audit_log l WHERE l.user_id = a.user_id AND l.created_at >= a.at
                        AND l.created_at < a.at + interval '15 minutes');
  DELETE FROM selection_operations o USING audit_baseline_owners b
   WHERE o.user_id = b.user_id AND o.created_at < b.reaches_back_to
     AND NOT EXISTS (SELECT FROM selection_audit_log l WHERE l.user_id = o.user_id AND l.created_at = o.created_at
                        AND l.operation_id = o.operation_id);
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
  DELETE FROM audit_origins_gone g WHERE to_regclass(quote_ident(g.month)) IS NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_tidy_after_months() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_tidy_after_months() TO sertantai_sync;

-- A line for rows that were deleted, in the same transaction.
CREATE FUNCTION sertantai_note_deleted(wanted text, removed integer) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF removed > 0 THEN
    INSERT INTO retention_acts (id, at, class, act, rows_gone, policies)
      SELECT gen_random_uuid(), now(), wanted, 'deleted', removed,
             jsonb_agg(jsonb_strip_nulls(jsonb_build_object('class', p.class, 'keep_months', p.keep_months, 'keep_days', p.keep_days)))
        FROM sertantai_policies_at(sertantai_settled_now()) p WHERE p.class = wanted;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_note_deleted(text, integer) FROM PUBLIC;

-- Security events by their policy, some at a time; those of whom a hold is about stay. Called until it returns 0.
DROP FUNCTION sertantai_forget_security_events(integer);
CREATE FUNCTION sertantai_forget_security_events() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  PERFORM set_config('sertantai.retention', 'security_events', true);
  DELETE FROM security_events WHERE id IN (SELECT id FROM sertantai_old_events(sertantai_settled_now()) ORDER BY at LIMIT 5000);
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM set_config('sertantai.retention', '', true);
  PERFORM sertantai_note_deleted('security_events', removed);
  RETURN removed;
END $$;
CREATE FUNCTION sertantai_old_events(moment timestamptz) RETURNS TABLE (id uuid, at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT e.id, e.at FROM security_events e
   WHERE e.at < moment - make_interval(days => (SELECT p.keep_days FROM sertantai_policies_at(moment) p
                                                 WHERE p.class = 'security_events'))
     AND NOT EXISTS (SELECT FROM legal_holds h WHERE h.released_at IS NULL
                        AND (h.scope = 'installation' OR h.scope = 'person' AND h.target = e.user_id))
$$;
REVOKE EXECUTE ON FUNCTION sertantai_forget_security_events(), sertantai_old_events(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_forget_security_events() TO sertantai_accounts, sertantai_sync;

-- What PostgreSQL refused, and somebody dealt with since.
CREATE FUNCTION sertantai_old_rejections(moment timestamptz) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT r.id FROM sync_rejections r
   WHERE r.resolved_at < moment - make_interval(months => (SELECT p.keep_months FROM sertantai_policies_at(moment) p
                                                            WHERE p.class = 'rejections'))
     AND NOT EXISTS (SELECT FROM legal_holds h WHERE h.released_at IS NULL
                        AND (h.scope = 'installation' OR h.scope IN ('person', 'organization') AND h.target = r.user_id))
$$;
CREATE FUNCTION sertantai_forget_rejections() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  DELETE FROM sync_rejections WHERE id IN (SELECT o.id FROM sertantai_old_rejections(sertantai_settled_now()) o LIMIT 5000);
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM sertantai_note_deleted('rejections', removed);
  RETURN removed;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_forget_rejections(), sertantai_old_rejections(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_forget_rejections() TO sertantai_sync;
GRANT EXECUTE ON FUNCTION sertantai_start_of_month(text), sertantai_end_of_month(text) TO sertantai_auditor;

-- From where operations were done that will not say it any more: of each what all its rows say.
CREATE FUNCTION sertantai_origins_that_go(month text, change jsonb)
RETURNS TABLE (journal_id uuid, "position" bigint, part integer, actor_id uuid, session_id text, ip_address inet, user_agent text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  held text := sertantai_held_sql(month);
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT journal_id, position, part, min(actor_id::text)::uuid, min(session_id), min(ip_address), min(user_agent)'
    '  FROM %I WHERE journal_id IS NOT NULL AND %s AND NOT %s AND coalesce(session_id, ip_address::text, user_agent) IS NOT NULL'
    ' GROUP BY journal_id, position, part', month, sertantai_rows_sql(change -> 'origins', held),
    sertantai_rows_sql(change -> 'without', held));
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_origins_that_go(text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_origins_that_go(text, jsonb) TO sertantai_auditor;

-- The keys that hid from where, of months in which nobody says it any more: of whom a row still says it, the key stays.
CREATE FUNCTION sertantai_forget_origin_keys() RETURNS TABLE (subject uuid, month integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  gone record;
BEGIN
  FOR gone IN
    SELECT g.month AS name, right(g.month, 7) AS said, sertantai_start_of_month(g.month) AS starts,
           sertantai_end_of_month(g.month) AS ends FROM audit_origins_gone g
  LOOP
    RETURN QUERY
      DELETE FROM audit_blinds b
       WHERE b.class = 'origin' AND b.month = replace(gone.said, '_', '')::integer
         AND NOT EXISTS (SELECT FROM (SELECT DISTINCT coalesce(l.actor_id, l.user_id) AS who FROM selection_audit_log l
                                       WHERE l.created_at >= gone.starts AND l.created_at < gone.ends
                                         AND coalesce(l.session_id, l.ip_address::text, l.user_agent) IS NOT NULL) s
                          WHERE s.who = b.subject)
      RETURNING b.subject, b.month;
  END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_forget_origin_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_forget_origin_keys() TO sertantai_sync;

-- What lists held where the history of these owners begins: in the transaction that moves that on.
CREATE FUNCTION sertantai_held_by_lists(owners uuid[]) RETURNS TABLE (user_id uuid, group_id uuid, records integer[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT b.user_id, b.group_id, array_agg(b.record_no ORDER BY b.record_no) FROM audit_baseline b
   WHERE b.user_id = ANY (owners) GROUP BY b.user_id, b.group_id ORDER BY 1, 2
$$;
REVOKE EXECUTE ON FUNCTION sertantai_held_by_lists(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_held_by_lists(uuid[]) TO sertantai_sync;
