-- Rewriting a month of the trail: the one way in which anything of it ever goes or changes. Two statements of one
-- transaction. The first copies the month beside it and keeps nobody waiting. The second locks, copies what came since,
-- counts, and puts the copy in the month's place: whoever asks for it gives it two seconds in all (`statement_timeout`).
--
-- A change says which rows go (`without`), of which nobody learns any more from where (`origins`), and of which the words
-- that people wrote go (`words`): each is a rule (`sertantai_rule_sql`). What is held stays as it is, whatever is asked.
--
-- Nobody may begin one but functions that know a reason: that a time is over, that somebody is to be forgotten.
CREATE TABLE audit_rewrites (
  month text PRIMARY KEY,
  change jsonb NOT NULL,
  held text NOT NULL,
  mark bigint NOT NULL,
  copied bigint,
  counted bigint NOT NULL,
  operations bigint NOT NULL,
  begun_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE audit_rewrites IS 'of the transaction that is about it: whoever looks from outside sees none';
COMMENT ON COLUMN audit_rewrites.copied IS 'null: the month is dropped';
COMMENT ON COLUMN audit_rewrites.mark IS 'what comes later in the trail has this position, or a later one';
ALTER TABLE audit_rewrites ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_rewrites FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_rewrites_migrator ON audit_rewrites TO sertantai_migrator USING (true) WITH CHECK (true);

-- When a month begins and ends, by the name of its table; of the one for whatever fits no month: nothing.
CREATE FUNCTION sertantai_start_of_month(month text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN month ~ '_\d{4}_\d{2}$'
              THEN make_timestamptz(substr(right(month, 7), 1, 4)::integer, right(month, 2)::integer, 1, 0, 0, 0, 'UTC') END
$$;
CREATE FUNCTION sertantai_end_of_month(month text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT (sertantai_start_of_month(month) AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
$$;

-- The rows that a rule means and no hold keeps.
CREATE FUNCTION sertantai_rows_sql(rule jsonb, held text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN coalesce(rule, 'null') = 'null' THEN 'false'
              ELSE format('(%s AND NOT %s)', sertantai_rule_sql(rule), held) END
$$;

-- The columns of a month of the trail, as its copy has them.
CREATE FUNCTION sertantai_rewritten_columns(month text, change jsonb, held text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  origins text := sertantai_rows_sql(change -> 'origins', held);
  words text := sertantai_rows_sql(change -> 'words', held);
BEGIN
  RETURN (SELECT string_agg(CASE
      WHEN attname IN ('session_id', 'ip_address', 'user_agent') AND origins <> 'false'
        THEN format('CASE WHEN %s THEN NULL ELSE %I END', origins, attname)
      WHEN attname = 'selection_group' AND words <> 'false' THEN format('CASE WHEN %s THEN NULL ELSE %I END', words, attname)
      WHEN attname = 'metadata' AND words <> 'false'
        THEN format('CASE WHEN %s THEN sertantai_without_words(metadata) ELSE metadata END', words)
      ELSE quote_ident(attname) END, ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = month::regclass AND attnum > 0 AND NOT attisdropped);
END $$;

-- What a row says of its operation when what people wrote is taken out of it: whether anything was is said, too.
CREATE FUNCTION sertantai_without_words(metadata jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN stays.said = metadata THEN metadata ELSE stays.said || '{"redacted": true}' END
    FROM (SELECT coalesce(jsonb_object_agg(key, value), '{}') AS said FROM jsonb_each(metadata)
           WHERE key = ANY ('{source,undoes,purged,restored,copied,copied_from,restricted,four_eyes,exceptions,
                              handed_over_to,handed_over_from,with_history,suggestion,accepted,laws,ticks,unticks,left,
                              redacted}')) AS stays
$$;

-- Of operations, and rows, that a condition means, all that the rows still say. An operation without rows has gone with
-- them.
CREATE FUNCTION sertantai_operations_sql(operations text, copy text, condition text) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT format('SELECT %1$s FROM (SELECT * FROM %2$I WHERE %4$s) o'
                ' JOIN (SELECT user_id, created_at, operation_id, min(session_id) AS session_id,'
                ' min(ip_address) AS ip_address, min(user_agent) AS user_agent, min(selection_group) AS group_name'
                ' FROM %3$I WHERE operation_id IS NOT NULL AND (%4$s) GROUP BY user_id, created_at, operation_id) t'
                ' USING (user_id, created_at, operation_id)',
                string_agg(CASE WHEN attname IN ('session_id', 'ip_address', 'user_agent', 'group_name')
                                THEN format('CASE WHEN t.%1$I IS NOT NULL THEN o.%1$I END', attname)
                                ELSE format('o.%I', attname) END, ', ' ORDER BY attnum),
                operations, copy, condition)
    FROM pg_attribute WHERE attrelid = operations::regclass AND attnum > 0 AND NOT attisdropped
$$;

-- Makes a table beside a month as the month is, without rows.
CREATE FUNCTION sertantai_table_beside(month text, copy text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES)', copy, month);
  -- As its parent will ask for it: so it need not be looked for while everybody waits.
  IF sertantai_start_of_month(month) IS NOT NULL THEN
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT within_month CHECK (created_at >= %L AND created_at < %L)',
                   copy, sertantai_start_of_month(month), sertantai_end_of_month(month));
  END IF;
END $$;

-- Keys, indexes and statistics of the copy, once it is filled. Each index is called after its number until it can have
-- the name of the one that it takes the place of.
CREATE FUNCTION sertantai_index_beside(month text, copy text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  index record;
BEGIN
  FOR index IN
    SELECT row_number() OVER (ORDER BY c.relname) AS number, i.indisprimary,
           substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*$') AS form
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = month::regclass
  LOOP
    EXECUTE format('CREATE %s INDEX %I ON %I %s', CASE WHEN index.indisprimary THEN 'UNIQUE' END,
                   copy || '_' || index.number, copy, index.form);
    IF index.indisprimary THEN
      EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY USING INDEX %I', copy, copy || '_' || index.number);
    END IF;
  END LOOP;
  EXECUTE format('ANALYZE %I', copy);
END $$;

-- Begins to rewrite a month (the name of its table, also `…_default`); returns how many rows were copied.
CREATE FUNCTION sertantai_begin_rewrite(month text, change jsonb) RETURNS bigint
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
  -- Last: until the end nobody brings in laws.
  EXECUTE format('ALTER TABLE %I ADD CONSTRAINT selection_audit_log_record_id_fkey FOREIGN KEY (record_id)'
                 ' REFERENCES uk_lrt_records (id)', copy);
  INSERT INTO audit_rewrites VALUES (month, change, held, mark, copied, copied, old_operations);
  RETURN copied;
END $$;

CREATE FUNCTION sertantai_lock_months() RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('sertantai_make_audit_partitions', 0))
$$;

-- Puts the copy in the place of a month, under the lock that its caller has.
CREATE FUNCTION sertantai_swap_month(parent text, month text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  copy text := replace(month, 'selection_', 'rewritten_');
  names text[];
BEGIN
  SELECT array_agg(c.relname ORDER BY c.relname) INTO names
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = month::regclass;
  EXECUTE format('DROP TABLE %I', month);
  EXECUTE format('ALTER TABLE %I RENAME TO %I', copy, month);
  FOR number IN 1..cardinality(names) LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', copy || '_' || number, names[number]);
  END LOOP;
  IF sertantai_start_of_month(month) IS NULL THEN
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', parent, month);
  ELSE
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, month,
                   sertantai_start_of_month(month), sertantai_end_of_month(month));
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT within_month', month);
  END IF;
  IF parent = 'selection_audit_log' THEN
    PERFORM sertantai_guard_audit_partition(month::regclass);
  ELSE
    PERFORM sertantai_guard_operations_partition(month::regclass);
  END IF;
END $$;

-- A month that goes takes the trigger of its foreign key with it, which is the register's. Whoever writes the trail looks
-- into the register as well, in whatever order: so nobody is waited for here with the one lock while the other is held.
CREATE FUNCTION sertantai_lock_trail() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  FOR attempt IN 1..200 LOOP
    BEGIN
      -- As the synchroniser takes them, which goes first.
      LOCK TABLE selection_audit_log, selection_operations IN ACCESS EXCLUSIVE MODE;
      LOCK TABLE uk_lrt_records IN ACCESS EXCLUSIVE MODE NOWAIT;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.01);
    END;
  END LOOP;
  RAISE EXCEPTION 'somebody reads the register for long' USING ERRCODE = 'lock_not_available';
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_lock_trail() FROM PUBLIC;

-- Ends what this transaction began: everything that came since is copied and all is counted before anything goes. A month
-- that is over is counted while only those wait who write of that very month; of the current one, whoever writes.
CREATE FUNCTION sertantai_finish_rewrite()
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

REVOKE EXECUTE ON FUNCTION sertantai_start_of_month(text), sertantai_end_of_month(text), sertantai_rows_sql(jsonb, text),
  sertantai_rewritten_columns(text, jsonb, text), sertantai_without_words(jsonb), sertantai_operations_sql(text, text, text),
  sertantai_table_beside(text, text), sertantai_index_beside(text, text), sertantai_begin_rewrite(text, jsonb),
  sertantai_lock_months(), sertantai_swap_month(text, text), sertantai_finish_rewrite() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_finish_rewrite() TO sertantai_sync;
