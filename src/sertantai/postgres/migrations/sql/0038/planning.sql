-- What would go at a moment, of what there is now, by the same rules by which it goes. `held`: rows that a hold keeps.
CREATE FUNCTION sertantai_retention_plan(moment timestamptz)
RETURNS TABLE (class text, act text, month text, organization_id uuid, by text, rows bigint, held bigint, bytes bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  this_month timestamptz := date_trunc('month', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  held_sql text;
  organizations uuid[] := ARRAY(SELECT o.id FROM organizations o
                                UNION SELECT p.organization_id FROM retention_policies p WHERE p.organization_id IS NOT NULL);
  name text;
  owners uuid[];
  rule jsonb;
  goes text;
  stays boolean;
  each_bytes bigint;
BEGIN
  FOR name IN
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'selection_audit_log'::regclass AND c.relname ~ '^selection_audit_log_\d{4}_\d{2}$'
     ORDER BY 1
  LOOP
    EXIT WHEN sertantai_start_of_month(name) >= this_month;
    owners := sertantai_owners_in(name::regclass);
    held_sql := sertantai_held_sql(name);
    SELECT CASE WHEN c.reltuples > 0 THEN (pg_total_relation_size(c.oid) / c.reltuples)::bigint ELSE 629 END INTO each_bytes
      FROM pg_class c WHERE c.oid = name::regclass;
    goes := 'false';
    rule := sertantai_retention_rule('deeds', name, owners, moment);
    IF rule IS NOT NULL AND sertantai_may_be_meant(rule, owners) <> '{}' THEN
      goes := sertantai_rows_sql(rule, held_sql);
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE NOT %s)', name, goes) INTO stays;
      RETURN QUERY EXECUTE format(
        'SELECT ''deeds'', $3, $4, organization, by, count(*) FILTER (WHERE NOT is_held), count(*) FILTER (WHERE is_held),'
        '       $2 * count(*) FILTER (WHERE NOT is_held)'
        '  FROM (SELECT CASE WHEN user_id = ANY ($1) THEN user_id END AS organization, %s AS by, %s AS is_held'
        '          FROM %I WHERE %s) r GROUP BY organization, by ORDER BY organization NULLS FIRST, by',
        sertantai_rule_by_sql(rule), held_sql, name, sertantai_rule_sql(rule))
        USING organizations, each_bytes, CASE WHEN stays THEN 'rewritten' ELSE 'dropped' END, replace(right(name, 7), '_', '-');
    ELSIF rule IS NOT NULL AND owners = '{}' AND rule -> 'all' = 'true' THEN
      RETURN QUERY SELECT 'deeds', 'dropped', replace(right(name, 7), '_', '-'), NULL::uuid, 'installation', 0::bigint,
                          0::bigint, 0::bigint;
    END IF;
    rule := sertantai_retention_rule('origins', name, owners, moment);
    IF rule IS NOT NULL AND sertantai_may_be_meant(rule, owners) <> '{}'
       AND NOT EXISTS (SELECT FROM audit_origins_gone g WHERE g.month = name AND g.by = md5(rule || held_sql)) THEN
      RETURN QUERY EXECUTE format(
        'SELECT ''origins'', ''rewritten'', $2, organization, by, count(*) FILTER (WHERE NOT is_held),'
        '       count(*) FILTER (WHERE is_held), 0::bigint'
        '  FROM (SELECT CASE WHEN user_id = ANY ($1) THEN user_id END AS organization, %s AS by, %s AS is_held'
        '          FROM %I WHERE %s AND NOT %s AND coalesce(session_id, ip_address::text, user_agent) IS NOT NULL) r'
        ' GROUP BY organization, by ORDER BY organization NULLS FIRST, by',
        sertantai_rule_by_sql(rule), held_sql, name, sertantai_rule_sql(rule), goes)
        USING organizations, replace(right(name, 7), '_', '-');
    END IF;
  END LOOP;
  RETURN QUERY
    SELECT 'security_events', 'deleted', NULL::text, NULL::uuid, 'installation', count(*), 0::bigint, 0::bigint
      FROM sertantai_old_events(moment) HAVING count(*) > 0;
  RETURN QUERY
    SELECT 'rejections', 'deleted', NULL::text, NULL::uuid, 'installation', count(*), 0::bigint, 0::bigint
      FROM sertantai_old_rejections(moment) HAVING count(*) > 0;
END $$;

-- By which policy a row goes that a rule means.
CREATE FUNCTION sertantai_rule_by_sql(rule jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT format('CASE WHEN user_id || ''/'' || action = ANY (%s) THEN ''organization_action'''
                ' WHEN user_id = ANY (%s) THEN CASE WHEN user_id = ANY ($1) THEN ''organization'' ELSE ''guests'' END'
                ' WHEN action = ANY (%s) THEN ''action'' ELSE ''installation'' END',
                sertantai_array_sql(coalesce(rule -> 'pairs', '[]'), 'text'),
                sertantai_array_sql(coalesce(rule -> 'owners', '[]'), 'uuid'),
                sertantai_array_sql(coalesce(rule -> 'actions', '[]'), 'text'))
$$;
REVOKE EXECUTE ON FUNCTION sertantai_retention_plan(timestamptz), sertantai_rule_by_sql(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_retention_plan(timestamptz) TO sertantai_auditor;

-- The policies as they count now, and what waits, for whoever looks.
CREATE FUNCTION sertantai_policies_now()
RETURNS TABLE (class text, organization_id uuid, action text, keep_months integer, keep_days integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT * FROM sertantai_policies_at(sertantai_settled_now()) $$;
REVOKE EXECUTE ON FUNCTION sertantai_policies_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_policies_now() TO sertantai_auditor, sertantai_accounts, sertantai_sync;
