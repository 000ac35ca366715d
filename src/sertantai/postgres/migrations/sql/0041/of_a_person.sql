-- What stands in the way of an erasure, as a word and what it is about; nothing: nothing does.
CREATE FUNCTION sertantai_in_the_way_of_erasing(whom uuid) RETURNS TABLE (what text, about text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  held boolean;
BEGIN
  SELECT EXISTS (SELECT FROM legal_holds h WHERE h.released_at IS NULL AND (h.scope = 'installation' OR h.target = whom)) INTO held;
  IF NOT held THEN
    EXECUTE format('SELECT EXISTS (SELECT FROM selection_audit_log WHERE (user_id = $1 OR actor_id = $1) AND %s)',
                   sertantai_held_sql()) INTO held USING whom;
  END IF;
  IF held THEN
    RETURN QUERY SELECT 'held', '';
  END IF;
  RETURN QUERY
    SELECT CASE WHEN m.role = 'owner' AND NOT EXISTS (
             SELECT FROM user_organization_memberships o
              WHERE o.organization_id = m.organization_id AND o.role = 'owner' AND o.user_id <> whom)
           THEN 'last_owner' ELSE 'member' END, g.slug
      FROM user_organization_memberships m JOIN organizations g ON g.id = m.organization_id
     WHERE m.user_id = whom ORDER BY g.slug;
  RETURN QUERY
    SELECT 'last_administrator', '' FROM users u
     WHERE u.id = whom AND u.role = 'admin'
       AND NOT EXISTS (SELECT FROM users o WHERE o.role = 'admin' AND o.disabled_at IS NULL AND o.email IS NOT NULL AND o.id <> whom);
  RETURN QUERY
    SELECT 'rejected', '' WHERE EXISTS (
      SELECT FROM sync_rejections r
       WHERE r.resolved_at IS NULL AND (r.user_id = whom OR position(whom::text IN r.operation::text) > 0));
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_in_the_way_of_erasing(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_in_the_way_of_erasing(uuid) TO sertantai_accounts, sertantai_sync;

-- Rows that are somebody's, table by table: those that go, and those in which only what is personal goes. `address`: as it
-- is written, and as it is compared; in lower case.
CREATE FUNCTION sertantai_rows_of_person(whom uuid, address text[]) RETURNS TABLE (name text, act text, rows bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'users', 'deleted', count(*) FROM users WHERE id = whom
  UNION ALL SELECT 'user_selection_groups', 'deleted', count(*) FROM user_selection_groups WHERE user_id = whom
  UNION ALL SELECT 'user_record_selections', 'deleted', count(*) FROM user_record_selections WHERE user_id = whom
  UNION ALL SELECT 'user_sessions', 'deleted', count(*) FROM user_sessions WHERE user_id = whom
  UNION ALL SELECT 'user_api_tokens', 'deleted', count(*) FROM user_api_tokens WHERE user_id = whom
  UNION ALL SELECT 'user_one_time_links', 'deleted', count(*) FROM user_one_time_links WHERE user_id = whom
  UNION ALL SELECT 'user_second_factors', 'deleted', count(*) FROM user_second_factors WHERE user_id = whom
  UNION ALL SELECT 'user_recovery_codes', 'deleted', count(*) FROM user_recovery_codes WHERE user_id = whom
  UNION ALL SELECT 'user_identities', 'deleted', count(*) FROM user_identities WHERE user_id = whom
  UNION ALL SELECT 'provider_sign_ins', 'deleted', count(*) FROM provider_sign_ins WHERE user_id = whom
  UNION ALL SELECT 'provisioned_accounts', 'deleted', count(*) FROM provisioned_accounts WHERE user_id = whom
  UNION ALL SELECT 'organization_directory_users', 'deleted', count(*) FROM organization_directory_users
                    WHERE user_id = whom OR lower(email_key) = ANY (address)
  UNION ALL SELECT 'saved_views', 'deleted', count(*) FROM saved_views WHERE user_id = whom
  UNION ALL SELECT 'saved_reports', 'deleted', count(*) FROM saved_reports WHERE user_id = whom
  UNION ALL SELECT 'saved_reports', 'redacted', count(*) FROM saved_reports WHERE user_id <> whom AND whom = ANY (recipients)
  UNION ALL SELECT 'import_reports', 'deleted', count(*) FROM import_reports WHERE user_id = whom
  UNION ALL SELECT 'own_abbreviations', 'deleted', count(*) FROM own_abbreviations WHERE user_id = whom
  UNION ALL SELECT 'selection_group_links', 'deleted', count(*) FROM selection_group_links WHERE user_id = whom
  UNION ALL SELECT 'mail_outbox', 'deleted', count(*) FROM mail_outbox WHERE user_id = whom OR lower(recipient) = ANY (address)
  UNION ALL SELECT 'sync_rejections', 'deleted', count(*) FROM sync_rejections
                    WHERE user_id = whom OR position(whom::text IN operation::text) > 0
  UNION ALL SELECT 'organization_requests', 'deleted', count(*) FROM organization_requests
                    WHERE position(whom::text IN work::text) > 0
                       OR EXISTS (SELECT FROM unnest(address) a WHERE position(a IN lower(work::text)) > 0)
  UNION ALL SELECT 'organization_invitations', 'redacted', count(*) FROM organization_invitations
                    WHERE lower(email) = ANY (address) OR lower(email_key) = ANY (address)
  UNION ALL SELECT 'guests', 'redacted', count(*) FROM guests WHERE claimed_by = whom
  UNION ALL SELECT 'security_events', 'redacted', count(*) FROM security_events
                    WHERE user_id = whom OR EXISTS (SELECT FROM unnest(address) a WHERE position(a IN lower(details::text)) > 0)
  UNION ALL SELECT 'selection_audit_log', 'redacted', count(*) FROM selection_audit_log WHERE user_id = whom OR actor_id = whom
$$;
REVOKE EXECUTE ON FUNCTION sertantai_rows_of_person(uuid, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_rows_of_person(uuid, text[]) TO sertantai_accounts, sertantai_sync;
