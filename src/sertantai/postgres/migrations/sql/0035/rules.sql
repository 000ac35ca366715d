-- The elements of a JSON array as a literal of SQL.
CREATE FUNCTION sertantai_array_sql(elements jsonb, type text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT format('%L::%s[]', (SELECT coalesce(array_agg(e), '{}') FROM jsonb_array_elements_text(elements) e)::text, type)
$$;

-- Which rows of the trail a rule means, as a condition of SQL; the first of these that fits decides:
--   persons, lists: whoever's it is, or did it; whichever it is of
--   pairs, not_pairs: an owner's rows of one action, as `owner/action`
--   owners, not_owners
--   actions, not_actions
--   all: true
-- No rule: no rows.
CREATE FUNCTION sertantai_rule_sql(rule jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  cases text := '';
  unknown text;
BEGIN
  IF rule IS NULL OR rule = 'null' THEN
    RETURN 'false';
  END IF;
  SELECT k INTO unknown FROM jsonb_object_keys(rule) k
   WHERE k <> ALL ('{persons,lists,pairs,not_pairs,owners,not_owners,actions,not_actions,all}') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% is no part of a rule', unknown USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF rule ? 'persons' THEN
    cases := cases || format(' WHEN user_id = ANY (%1$s) OR actor_id = ANY (%1$s) THEN true',
                             sertantai_array_sql(rule -> 'persons', 'uuid'));
  END IF;
  IF rule ? 'lists' THEN
    cases := cases || format(' WHEN group_id = ANY (%s) THEN true', sertantai_array_sql(rule -> 'lists', 'uuid'));
  END IF;
  IF rule ? 'pairs' THEN
    cases := cases || format(' WHEN user_id || ''/'' || action = ANY (%s) THEN true',
                             sertantai_array_sql(rule -> 'pairs', 'text'));
  END IF;
  IF rule ? 'not_pairs' THEN
    cases := cases || format(' WHEN user_id || ''/'' || action = ANY (%s) THEN false',
                             sertantai_array_sql(rule -> 'not_pairs', 'text'));
  END IF;
  IF rule ? 'owners' THEN
    cases := cases || format(' WHEN user_id = ANY (%s) THEN true', sertantai_array_sql(rule -> 'owners', 'uuid'));
  END IF;
  IF rule ? 'not_owners' THEN
    cases := cases || format(' WHEN user_id = ANY (%s) THEN false', sertantai_array_sql(rule -> 'not_owners', 'uuid'));
  END IF;
  IF rule ? 'actions' THEN
    cases := cases || format(' WHEN action = ANY (%s) THEN true', sertantai_array_sql(rule -> 'actions', 'text'));
  END IF;
  IF rule ? 'not_actions' THEN
    cases := cases || format(' WHEN action = ANY (%s) THEN false', sertantai_array_sql(rule -> 'not_actions', 'text'));
  END IF;
  RETURN format('CASE%s ELSE %s END', coalesce(nullif(cases, ''), ' WHEN false THEN false'),
                CASE WHEN (rule ->> 'all')::boolean THEN 'true' ELSE 'false' END);
END $$;

-- Which rows of a month of the trail (by the name of its table; not told: of all) are held now, as a condition of SQL that
-- is never null. Of a law the whole operations that it is part of: what was sealed as one stays as one.
CREATE FUNCTION sertantai_held_sql(month text DEFAULT 'selection_audit_log') RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN count(*) = 0 THEN 'false'
    WHEN bool_or(scope = 'installation') THEN 'true'
    ELSE format(
      '(user_id = ANY (%L::uuid[]) OR coalesce(actor_id = ANY (%L::uuid[]), false)'
      ' OR coalesce(group_id = ANY (%L::uuid[]), false)%s)',
      coalesce(array_agg(DISTINCT target) FILTER (WHERE scope IN ('organization', 'person')), '{}'),
      coalesce(array_agg(DISTINCT target) FILTER (WHERE scope = 'person'), '{}'),
      coalesce(array_agg(DISTINCT target) FILTER (WHERE scope = 'list'), '{}'),
      CASE WHEN bool_or(scope = 'law') THEN format(
        ' OR coalesce(record_id = ANY (%1$L::uuid[]), false)'
        ' OR coalesce(operation_id IN (SELECT h.operation_id FROM %2$I h WHERE h.record_id = ANY (%1$L::uuid[])), false)',
        array_agg(DISTINCT target) FILTER (WHERE scope = 'law'), month) ELSE '' END)
  END FROM legal_holds WHERE released_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION sertantai_array_sql(jsonb, text), sertantai_rule_sql(jsonb), sertantai_held_sql(text) FROM PUBLIC;
