-- Guests are told from people with an account also when they are gone.
ALTER TABLE erased_lists ADD COLUMN of_guest boolean NOT NULL DEFAULT false;
CREATE OR REPLACE FUNCTION sertantai_keep_erased_lists() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO erased_lists (user_id, group_id, name, records, of_guest)
    SELECT g.user_id, g.id, g.name,
           ARRAY(SELECT s.record_no FROM user_record_selections s
                  WHERE s.user_id = g.user_id AND s.selection_group = g.name),
           coalesce(OLD.role = 'guest', false)
      FROM user_selection_groups g WHERE g.user_id = OLD.id
  ON CONFLICT (user_id, group_id) DO NOTHING;
  RETURN OLD;
END $$;

-- From where of which month is known to have gone, by the rule and the holds of then: it is not looked for again.
CREATE TABLE audit_origins_gone (
  month text PRIMARY KEY,
  by text NOT NULL
);
ALTER TABLE audit_origins_gone ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_origins_gone FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_origins_gone_migrator ON audit_origins_gone TO sertantai_migrator USING (true) WITH CHECK (true);

-- Which rows of a month have outlived what is kept of a class, as a rule (`sertantai_rule_sql`); null: none have.
CREATE FUNCTION sertantai_retention_rule(wanted text, month text, owners uuid[], moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  this_month timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
  start timestamp := sertantai_start_of_month(month) AT TIME ZONE 'UTC';
  rule jsonb;
BEGIN
  WITH counts AS (
    SELECT c.organization_id, c.action, c.keep_months, c.class,
           coalesce(start < this_month - make_interval(months => c.keep_months), false) AS ended
      FROM sertantai_policies_at(moment) c
     WHERE c.class = wanted AND NOT coalesce(c.organization_id IS NOT NULL AND c.action IS NULL AND c.keep_months = 0, false)
        OR c.class = 'guest_deeds' AND wanted = 'deeds'
  ), rules AS (
    SELECT c.organization_id AS owner, c.action, c.ended FROM counts c WHERE c.class = wanted
    UNION ALL
    SELECT g, NULL, c.ended FROM counts c, unnest(owners) g
     WHERE c.class <> wanted
       AND (EXISTS (SELECT FROM users u WHERE u.id = g AND u.role = 'guest')
            OR EXISTS (SELECT FROM erased_lists e WHERE e.user_id = g AND e.of_guest))
  )
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'pairs', jsonb_agg(owner || '/' || action ORDER BY owner, action) FILTER (WHERE ended AND owner IS NOT NULL AND action IS NOT NULL),
    'not_pairs', jsonb_agg(owner || '/' || action ORDER BY owner, action)
                   FILTER (WHERE NOT ended AND owner IS NOT NULL AND action IS NOT NULL),
    'owners', jsonb_agg(owner ORDER BY owner) FILTER (WHERE ended AND owner IS NOT NULL AND action IS NULL),
    'not_owners', jsonb_agg(owner ORDER BY owner) FILTER (WHERE NOT ended AND owner IS NOT NULL AND action IS NULL),
    'actions', jsonb_agg(action ORDER BY action) FILTER (WHERE ended AND owner IS NULL AND action IS NOT NULL),
    'not_actions', jsonb_agg(action ORDER BY action) FILTER (WHERE NOT ended AND owner IS NULL AND action IS NOT NULL),
    'all', bool_or(ended) FILTER (WHERE owner IS NULL AND action IS NULL)))
    INTO rule FROM rules;
  RETURN CASE WHEN rule ?| '{pairs,owners,actions}' OR rule -> 'all' = 'true' THEN rule END;
END $$;

-- The owners of a month of whom a rule may mean a row: found without looking at rows.
CREATE FUNCTION sertantai_may_be_meant(rule jsonb, owners uuid[]) RETURNS uuid[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(o), '{}') FROM unnest(owners) o
   WHERE rule -> 'owners' ? o::text
      OR EXISTS (SELECT FROM jsonb_array_elements_text(coalesce(rule -> 'pairs', '[]')) p WHERE split_part(p, '/', 1) = o::text)
      OR NOT coalesce(rule -> 'not_owners' ? o::text, false) AND (rule ? 'actions' OR rule -> 'all' = 'true')
$$;

-- The months with which something is due at a moment, the oldest first; the first one only, or all. `change` is what
-- `sertantai_begin_rewrite` takes; `leaving` are the owners of whom rows go; `is_dropped`: none stays.
CREATE FUNCTION sertantai_due_months(moment timestamptz, all_of_them boolean)
RETURNS TABLE (month text, change jsonb, is_dropped boolean, leaving uuid[])
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  this_month timestamptz := date_trunc('month', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
  held text;
  owners uuid[];
  candidates uuid[];
  rule jsonb;
  goes text;
  is_due boolean;
BEGIN
  FOR month IN
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'selection_audit_log'::regclass AND c.relname ~ '^selection_audit_log_\d{4}_\d{2}$'
     ORDER BY 1
  LOOP
    EXIT WHEN sertantai_start_of_month(month) >= this_month;
    owners := sertantai_owners_in(month::regclass);
    held := sertantai_held_sql(month);
    change := '{}';
    leaving := '{}';
    is_dropped := false;
    rule := sertantai_retention_rule('deeds', month, owners, moment);
    candidates := sertantai_may_be_meant(rule, owners);
    IF rule IS NOT NULL AND owners = '{}' THEN
      -- An empty month goes with the time of all.
      is_dropped := coalesce((rule ->> 'all')::boolean, false);
      change := CASE WHEN is_dropped THEN jsonb_build_object('without', rule) ELSE change END;
    ELSIF rule IS NOT NULL AND candidates <> '{}' THEN
      goes := sertantai_rows_sql(rule, held);
      IF held = 'false' AND NOT rule ?| '{pairs,not_pairs,actions,not_actions}' THEN
        leaving := candidates;
      ELSE
        EXECUTE format('SELECT coalesce(array_agg(DISTINCT user_id), ''{}'') FROM %I WHERE user_id = ANY ($1) AND %s', month, goes)
           INTO leaving USING candidates;
      END IF;
      IF leaving <> '{}' THEN
        change := jsonb_build_object('without', rule);
        IF leaving @> owners THEN
          EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I WHERE NOT %s)', month, goes) INTO is_dropped;
        END IF;
      END IF;
    END IF;
    IF NOT is_dropped THEN
      rule := sertantai_retention_rule('origins', month, owners, moment);
      candidates := sertantai_may_be_meant(rule, owners);
      IF rule IS NOT NULL AND candidates <> '{}'
         AND NOT EXISTS (SELECT FROM audit_origins_gone g WHERE g.month = sertantai_due_months.month AND g.by = md5(rule || held))
      THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE user_id = ANY ($1) AND %s AND NOT %s'
                       ' AND coalesce(session_id, ip_address::text, user_agent) IS NOT NULL)', month,
                       sertantai_rows_sql(rule, held), sertantai_rows_sql(change -> 'without', held))
           INTO is_due USING candidates;
        IF is_due THEN
          change := change || jsonb_build_object('origins', rule);
        END IF;
      END IF;
    END IF;
    IF change <> '{}' THEN
      RETURN NEXT;
      EXIT WHEN NOT all_of_them;
    END IF;
  END LOOP;
END $$;

REVOKE EXECUTE ON FUNCTION sertantai_retention_rule(text, text, uuid[], timestamptz), sertantai_may_be_meant(jsonb, uuid[]),
  sertantai_due_months(timestamptz, boolean) FROM PUBLIC;
