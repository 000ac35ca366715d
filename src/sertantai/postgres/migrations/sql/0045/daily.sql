-- How much was done on each day (UTC), by whom, in which list, of which kind: of the whole installation, too, without
-- reading the trail. It is counted where the trail is written, in the same statement, and taken from where rows of the
-- trail go: so it says what the trail says at every moment, and needs no nightly turn.
CREATE TABLE audit_daily (
  day date NOT NULL,
  user_id uuid NOT NULL,
  group_id uuid,
  actor_id uuid,
  action text NOT NULL,
  n bigint NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN audit_daily.actor_id IS 'as the trail has it; null: the owner';
COMMENT ON COLUMN audit_daily.n IS 'rows of the trail';
CREATE UNIQUE INDEX audit_daily_key ON audit_daily (day, user_id, group_id, actor_id, action) NULLS NOT DISTINCT;

ALTER TABLE audit_daily ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_daily FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_daily_readable ON audit_daily FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)));
CREATE POLICY audit_daily_auditor ON audit_daily FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_daily_migrator ON audit_daily TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT ON audit_daily TO sertantai_app, sertantai_auditor;

-- As before, and by the day.
CREATE OR REPLACE FUNCTION sertantai_count_operations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  known boolean := false;
BEGIN
  BEGIN
    INSERT INTO selection_operations
      SELECT user_id, created_at, operation_id, position, group_id, selection_group, actor_id, session_id, ip_address,
             user_agent, NULL, action, (action = 'select')::integer, (action = 'deselect')::integer, 0, 1,
             metadata ->> 'source', (metadata ->> 'undoes')::uuid, record_id, record_name
        FROM added WHERE operation_id IS NOT NULL AND action IN ('select', 'deselect');
  EXCEPTION WHEN unique_violation THEN
    known := true;
  END;
  INSERT INTO selection_operations AS o
    SELECT user_id, created_at, operation_id, max(position), min(group_id::text)::uuid, min(selection_group),
           min(actor_id::text)::uuid, min(session_id), min(ip_address), min(user_agent),
           max(action) FILTER (WHERE record_id IS NULL), min(action) FILTER (WHERE record_id IS NOT NULL),
           count(*) FILTER (WHERE action IN ('select', 'bulk_select')),
           count(*) FILTER (WHERE action IN ('deselect', 'bulk_deselect', 'clear_all')),
           count(*) FILTER (WHERE action = 'annotate'),
           count(*) FILTER (WHERE record_id IS NOT NULL AND (action <> 'annotate' OR metadata ? 'before')),
           max(metadata ->> 'source'), max(metadata ->> 'undoes')::uuid,
           min(record_id::text)::uuid, min(record_name)
      FROM added
     WHERE operation_id IS NOT NULL AND (known OR action NOT IN ('select', 'deselect'))
     GROUP BY user_id, created_at, operation_id
  ON CONFLICT (user_id, created_at, operation_id) DO UPDATE
     SET position = greatest(o.position, excluded.position),
         group_id = coalesce(o.group_id, excluded.group_id),
         group_name = coalesce(o.group_name, excluded.group_name),
         list_action = coalesce(o.list_action, excluded.list_action),
         record_action = least(o.record_action, excluded.record_action),
         added = o.added + excluded.added,
         removed = o.removed + excluded.removed,
         annotated = o.annotated + excluded.annotated,
         undoable = o.undoable + excluded.undoable,
         source = coalesce(o.source, excluded.source),
         undoes = coalesce(o.undoes, excluded.undoes),
         record_id = coalesce(o.record_id, excluded.record_id),
         record_name = coalesce(o.record_name, excluded.record_name);
  INSERT INTO audit_daily AS d
    SELECT (created_at AT TIME ZONE 'UTC')::date, user_id, group_id, actor_id, action, count(*)
      FROM added GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (day, user_id, group_id, actor_id, action) DO UPDATE SET n = d.n + excluded.n;
  INSERT INTO selection_activity AS a
    SELECT user_id, date_bin('15 minutes', created_at, 'epoch'), count(*) FROM added GROUP BY 1, 2
  ON CONFLICT (user_id, at) DO UPDATE SET changes = a.changes + excluded.changes;
  RETURN NULL;
END $$;

-- What there is already. Whoever writes the trail waits until it is counted.
LOCK TABLE selection_audit_log IN SHARE MODE;
INSERT INTO audit_daily
  SELECT (created_at AT TIME ZONE 'UTC')::date, user_id, group_id, actor_id, action, count(*)
    FROM selection_audit_log GROUP BY 1, 2, 3, 4, 5;
-- Quarters of an hour of which a part had gone still had all of it.
TRUNCATE selection_activity;
INSERT INTO selection_activity
  SELECT user_id, date_bin('15 minutes', created_at, 'epoch'), count(*) FROM selection_audit_log GROUP BY 1, 2;
ANALYZE audit_daily, selection_activity;

-- Of a month that is being rewritten: what a condition means goes, so many of each quarter of an hour. It is counted beside
-- the copy, where nobody waits, and of what came since under the lock.
CREATE FUNCTION sertantai_tally_gone(month text, condition text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  CREATE TABLE IF NOT EXISTS rewritten_tallies (
    user_id uuid, at timestamptz, group_id uuid, actor_id uuid, action text, n bigint
  );
  EXECUTE format('INSERT INTO rewritten_tallies'
                 ' SELECT user_id, date_bin(''15 minutes'', created_at, ''epoch''), group_id, actor_id, action, count(*)'
                 '   FROM %I WHERE %s GROUP BY 1, 2, 3, 4, 5', month, condition);
END $$;
CREATE FUNCTION sertantai_take_from_tallies() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE audit_daily d SET n = d.n - g.n
    FROM (SELECT user_id, (at AT TIME ZONE 'UTC')::date AS day, group_id, actor_id, action, sum(n)::bigint AS n
            FROM rewritten_tallies GROUP BY 1, 2, 3, 4, 5) g
   WHERE d.user_id = g.user_id AND d.day = g.day AND d.group_id IS NOT DISTINCT FROM g.group_id
     AND d.actor_id IS NOT DISTINCT FROM g.actor_id AND d.action = g.action;
  DELETE FROM audit_daily d USING (SELECT DISTINCT user_id, (at AT TIME ZONE 'UTC')::date AS day FROM rewritten_tallies) g
   WHERE d.user_id = g.user_id AND d.day = g.day AND d.n <= 0;
  UPDATE selection_activity a SET changes = a.changes - g.n
    FROM (SELECT user_id, at, sum(n)::bigint AS n FROM rewritten_tallies GROUP BY 1, 2) g
   WHERE a.user_id = g.user_id AND a.at = g.at;
  DELETE FROM selection_activity a USING (SELECT DISTINCT user_id, at FROM rewritten_tallies) g
   WHERE a.user_id = g.user_id AND a.at = g.at AND a.changes <= 0;
  DROP TABLE rewritten_tallies;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_tally_gone(text, text), sertantai_take_from_tallies() FROM PUBLIC;

-- As before, and what goes is counted.
CREATE OR REPLACE FUNCTION sertantai_begin_rewrite(month text, change jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp SET lock_timeout = '2s' SET maintenance_work_mem = '128MB' AS $$
DECLARE
  operations text := replace(month, 'selection_audit_log_', 'selection_operations_');
  copy text := replace(month, 'selection_', 'rewritten_');
  operations_copy text := replace(operations, 'selection_', 'rewritten_');
  held text := sertantai_held_sql(month);
  -- A journal that nobody wrote to for long writes nothing meanwhile; if one does after all, counting finds it.
  mark bigint := (SELECT coalesce(min(position), 9223372036854775807) FROM sync_watermarks WHERE updated_at > now() - interval '30 days');
  old_operations bigint;
  copied bigint;
BEGIN
  PERFORM sertantai_lock_months();
  IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'selection_audit_log'::regclass
                    AND inhrelid = to_regclass(quote_ident(month))) THEN
    RAISE EXCEPTION '% is no month of the trail', month USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM sertantai_table_beside(month, copy);
  EXECUTE format('INSERT INTO %I SELECT %s FROM %I WHERE NOT %s', copy, sertantai_rewritten_columns(month, change, held),
                 month, sertantai_rows_sql(change -> 'without', held));
  GET DIAGNOSTICS copied = ROW_COUNT;
  PERFORM sertantai_index_beside(month, copy);
  EXECUTE format('SELECT count(*) FROM %I WHERE position < $1', operations) INTO old_operations USING mark;
  PERFORM sertantai_table_beside(operations, operations_copy);
  EXECUTE format('INSERT INTO %I %s', operations_copy, sertantai_operations_sql(operations, copy, 'true'));
  PERFORM sertantai_index_beside(operations, operations_copy);
  PERFORM sertantai_tally_gone(month, format('position < %s AND %s', mark, sertantai_rows_sql(change -> 'without', held)));
  -- Last: until the end nobody brings in laws.
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT selection_audit_log_record_id_fkey FOREIGN KEY (record_id)'
                 ' REFERENCES uk_lrt_records (id)', copy);
  INSERT INTO audit_rewrites VALUES (month, change, held, mark, copied, copied, old_operations);
  RETURN copied;
END $$;

-- As before, and what goes is taken from what was counted.
CREATE OR REPLACE FUNCTION sertantai_finish_rewrite()
RETURNS TABLE (month text, rows_gone bigint, rows_changed bigint, gone_by_action jsonb, operations_gone bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  this record;
  operations text;
  copy text;
  operations_copy text;
  goes text;
  stays bigint;
  late bigint := 0;
BEGIN
  SELECT * INTO this FROM audit_rewrites r WHERE r.begun_by = pg_current_xact_id();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no month is being rewritten' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  month := this.month;
  operations := replace(month, 'selection_audit_log_', 'selection_operations_');
  copy := replace(month, 'selection_', 'rewritten_');
  operations_copy := replace(operations, 'selection_', 'rewritten_');
  goes := CASE WHEN this.copied IS NULL THEN 'true' ELSE sertantai_rows_sql(this.change -> 'without', this.held) END;
  -- Whoever places a hold waits for this, and so does this for them.
  LOCK TABLE legal_holds IN SHARE MODE;
  IF sertantai_held_sql(month) <> this.held THEN
    RAISE EXCEPTION 'a hold was placed or released meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  IF sertantai_end_of_month(month) <= now() THEN
    EXECUTE format('LOCK TABLE ONLY %I, ONLY %I IN SHARE MODE', month, operations);
  ELSE
    LOCK TABLE ONLY selection_audit_log, ONLY selection_operations IN SHARE MODE;
  END IF;
  IF this.copied IS NOT NULL THEN
    EXECUTE format('INSERT INTO %I SELECT %s FROM %I m WHERE (position >= $1 OR position IS NULL) AND NOT %s'
                   ' AND NOT EXISTS (SELECT FROM %I c WHERE (c.user_id, c.created_at, c.id) = (m.user_id, m.created_at, m.id))',
                   copy, sertantai_rewritten_columns(month, this.change, this.held), month, goes, copy) USING this.mark;
    GET DIAGNOSTICS late = ROW_COUNT;
  END IF;
  EXECUTE format(
    'SELECT coalesce(sum(stays), 0), coalesce(sum(goes), 0), coalesce(sum(changes), 0),'
    '       coalesce(jsonb_object_agg(action, goes) FILTER (WHERE goes > 0), ''{}'')'
    '  FROM (SELECT action, count(*) FILTER (WHERE NOT %1$s) AS stays, count(*) FILTER (WHERE %1$s) AS goes,'
    '               count(*) FILTER (WHERE NOT %1$s AND (%2$s AND coalesce(session_id, ip_address::text, user_agent) IS NOT NULL'
    '                                                    OR %3$s)) AS changes'
    '          FROM %4$I GROUP BY action) AS counted',
    goes, sertantai_rows_sql(this.change -> 'origins', this.held), sertantai_rows_sql(this.change -> 'words', this.held), month)
    INTO stays, rows_gone, rows_changed, gone_by_action;
  EXECUTE format('SELECT count(*) FROM %I WHERE position < $1', operations) INTO operations_gone USING this.mark;
  IF (CASE WHEN this.copied IS NULL THEN rows_gone ELSE stays END) <> this.counted + late
     OR operations_gone <> this.operations THEN
    RAISE EXCEPTION '% was written to while it was copied', month USING ERRCODE = 'serialization_failure';
  END IF;
  EXECUTE format('SELECT count(*) FROM %I', operations) INTO operations_gone;
  IF this.copied IS NOT NULL THEN
    -- An operation in several parts goes on in its row.
    EXECUTE format('DELETE FROM %I WHERE position >= $1 OR position IS NULL', operations_copy) USING this.mark;
    EXECUTE format('INSERT INTO %I %s', operations_copy, sertantai_operations_sql(
      operations, copy, format('position >= %s OR position IS NULL', this.mark)));
    EXECUTE format('SELECT $1 - count(*) FROM %I', operations_copy) INTO operations_gone USING operations_gone;
  END IF;
  IF this.copied IS NULL THEN
    DELETE FROM audit_daily d WHERE d.day >= (sertantai_start_of_month(month) AT TIME ZONE 'UTC')::date
                                AND d.day < (sertantai_end_of_month(month) AT TIME ZONE 'UTC')::date;
    DELETE FROM selection_activity a WHERE a.at >= sertantai_start_of_month(month) AND a.at < sertantai_end_of_month(month);
  ELSE
    PERFORM sertantai_tally_gone(month, format('(position >= %s OR position IS NULL) AND %s', this.mark, goes));
    PERFORM sertantai_take_from_tallies();
  END IF;
  PERFORM sertantai_lock_trail();
  IF this.copied IS NULL THEN
    EXECUTE format('DROP TABLE %I, %I', month, operations);
  ELSE
    PERFORM sertantai_swap_month('selection_audit_log', month);
    PERFORM sertantai_swap_month('selection_operations', operations);
  END IF;
  DELETE FROM audit_rewrites;
  RETURN NEXT;
END $$;
