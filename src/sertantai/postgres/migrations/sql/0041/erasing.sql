-- The rows of security events stay, as they are counted; whom they were about goes by an erasure, and nothing else of them.
CREATE OR REPLACE FUNCTION sertantai_guard_security_events() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('sertantai.retention', true) = 'security_events'
     AND current_user = 'sertantai_migrator' AND OLD.at < now() - interval '30 days' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND current_setting('sertantai.retention', true) = 'erasure' AND current_user = 'sertantai_migrator'
     AND (NEW.id, NEW.at, NEW.kind, NEW.severity, NEW.times) = (OLD.id, OLD.at, OLD.kind, OLD.severity, OLD.times)
     AND NEW.user_id IS NULL AND NEW.ip_address IS NULL AND NEW.details = '{}' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% on % is refused: its rows are kept', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- The one reason for which anything of somebody goes: an erasure that is due, and has not ended.
CREATE FUNCTION sertantai_erasure_of(whom uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT e.id FROM erasures e
   WHERE e.person = whom AND e.taken_back_at IS NULL AND e.done_at IS NULL AND e.due_at <= sertantai_settled_now()
$$;

-- Takes whoever is due out of every table but the trail, in one transaction, and returns the rows that there were.
CREATE FUNCTION sertantai_erase_person(whom uuid, address text[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  erasure uuid := sertantai_erasure_of(whom);
  counted jsonb;
BEGIN
  IF erasure IS NULL THEN
    RAISE EXCEPTION 'nobody asked for the erasure of %, or it is not due', whom USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- Whoever places a hold waits for this, and so does this for them.
  LOCK TABLE legal_holds IN SHARE MODE;
  IF EXISTS (SELECT FROM sertantai_in_the_way_of_erasing(whom)) THEN
    RAISE EXCEPTION '% cannot be erased now', whom USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  SELECT coalesce(jsonb_object_agg(name || '/' || act, rows) FILTER (WHERE rows > 0), '{}') INTO counted
    FROM sertantai_rows_of_person(whom, address);
  PERFORM set_config('sertantai.retention', 'erasure', true);
  UPDATE security_events SET user_id = NULL, ip_address = NULL, details = '{}'
   WHERE user_id = whom OR EXISTS (SELECT FROM unnest(address) a WHERE position(a IN lower(details::text)) > 0);
  PERFORM set_config('sertantai.retention', '', true);
  DELETE FROM mail_outbox WHERE user_id = whom OR lower(recipient) = ANY (address);
  DELETE FROM sync_rejections WHERE user_id = whom OR position(whom::text IN operation::text) > 0;
  DELETE FROM organization_requests
   WHERE position(whom::text IN work::text) > 0
      OR EXISTS (SELECT FROM unnest(address) a WHERE position(a IN lower(work::text)) > 0);
  UPDATE organization_invitations SET email = NULL, email_key = NULL, revoked_at = coalesce(revoked_at, now())
   WHERE lower(email) = ANY (address) OR lower(email_key) = ANY (address);
  DELETE FROM organization_directory_users WHERE user_id = whom OR lower(email_key) = ANY (address);
  UPDATE saved_reports SET recipients = array_remove(recipients, whom) WHERE whom = ANY (recipients);
  DELETE FROM users WHERE id = whom;
  UPDATE erased_lists SET name = '' WHERE user_id = whom;
  UPDATE erasures SET begun_at = coalesce(begun_at, now()), went = counted || went WHERE id = erasure;
  RETURN counted;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_erasure_of(uuid), sertantai_erase_person(uuid, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_erase_person(uuid, text[]) TO sertantai_sync;

-- Begins to rewrite the oldest month that still tells from where somebody did what, or what was written in their own lists;
-- nothing: none does. Only once they are out of every other table.
CREATE FUNCTION sertantai_erase_from_month(whom uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  month text;
  still boolean;
BEGIN
  IF sertantai_erasure_of(whom) IS NULL OR EXISTS (SELECT FROM users WHERE id = whom) THEN
    RAISE EXCEPTION '% is not being erased', whom USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM sertantai_lock_months();
  FOR month IN
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'selection_audit_log'::regclass ORDER BY 1
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE (user_id = $1 OR actor_id = $1)'
                   ' AND (coalesce(session_id, ip_address::text, user_agent) IS NOT NULL'
                   '      OR user_id = $1 AND (selection_group IS NOT NULL OR sertantai_without_words(metadata) <> metadata)))',
                   month) INTO still USING whom;
    IF still THEN
      IF sertantai_held_sql(month) <> 'false' AND EXISTS (SELECT FROM sertantai_in_the_way_of_erasing(whom)) THEN
        RAISE EXCEPTION '% cannot be erased now', whom USING ERRCODE = 'object_not_in_prerequisite_state';
      END IF;
      PERFORM sertantai_begin_rewrite(month, jsonb_build_object(
        'origins', jsonb_build_object('persons', jsonb_build_array(whom)),
        'words', jsonb_build_object('owners', jsonb_build_array(whom))));
      RETURN month;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_erase_from_month(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_erase_from_month(uuid) TO sertantai_sync;
