-- The trail by operation: what the history shows, counted once, as the trail is written. It says nothing that the
-- trail does not say; no role can write it but through the trigger below.
CREATE TABLE selection_operations (
  user_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  operation_id uuid NOT NULL,
  position bigint,
  group_id uuid,
  group_name text,
  actor_id uuid,
  session_id text,
  ip_address inet,
  user_agent text,
  list_action text,
  record_action text,
  added integer NOT NULL,
  removed integer NOT NULL,
  annotated integer NOT NULL,
  undoable integer NOT NULL,
  source text,
  undoes uuid,
  record_id uuid,
  record_name text,
  PRIMARY KEY (user_id, created_at, operation_id)
) PARTITION BY RANGE (created_at);
COMMENT ON COLUMN selection_operations.undoable IS 'of these changes, those of which is known what was there before';
COMMENT ON COLUMN selection_operations.record_id IS 'of interest where the operation changed one record only';

-- One index for each way in which a history is narrowed, in the order in which it is read.
CREATE INDEX idx_operations_group ON selection_operations (user_id, group_id, created_at, operation_id);
CREATE INDEX idx_operations_position ON selection_operations (user_id, group_id, position) WHERE undoable > 0;
CREATE INDEX idx_operations_ticked ON selection_operations (user_id, created_at, operation_id) WHERE added > 0;
CREATE INDEX idx_operations_unticked ON selection_operations (user_id, created_at, operation_id) WHERE removed > 0;
CREATE INDEX idx_operations_noted ON selection_operations (user_id, created_at, operation_id) WHERE annotated > 0;
CREATE INDEX idx_operations_lists ON selection_operations (user_id, created_at, operation_id)
  WHERE list_action IS NOT NULL;
CREATE INDEX idx_operations_undoes ON selection_operations (user_id, undoes) WHERE undoes IS NOT NULL;
DROP INDEX idx_audit_undoes;
-- The history of one law.
CREATE INDEX idx_audit_user_record ON selection_audit_log (user_id, record_id);

-- How much was changed in each quarter of an hour: days of every time zone can be made of them.
CREATE TABLE selection_activity (
  user_id uuid NOT NULL,
  at timestamptz NOT NULL,
  changes bigint NOT NULL,
  PRIMARY KEY (user_id, at)
);

ALTER TABLE selection_operations ENABLE ROW LEVEL SECURITY;
ALTER TABLE selection_operations FORCE ROW LEVEL SECURITY;
CREATE POLICY selection_operations_own ON selection_operations FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY selection_operations_auditor ON selection_operations FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY selection_operations_migrator ON selection_operations TO sertantai_migrator
  USING (true) WITH CHECK (true);
ALTER TABLE selection_activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE selection_activity FORCE ROW LEVEL SECURITY;
CREATE POLICY selection_activity_own ON selection_activity FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY selection_activity_auditor ON selection_activity FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY selection_activity_migrator ON selection_activity TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT ON selection_operations, selection_activity TO sertantai_app, sertantai_auditor;

-- The months of the trail and those of its operations are made together.
CREATE OR REPLACE FUNCTION sertantai_make_audit_partitions(months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  made integer := 0;
BEGIN
  IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 120 THEN
    RAISE EXCEPTION 'months_ahead must be 0 to 120' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('sertantai_make_audit_partitions', 0));
  FOR months IN -1..months_ahead LOOP
    PERFORM sertantai_make_month('selection_operations', this_month + make_interval(months => months));
    made := made + sertantai_make_month('selection_audit_log', this_month + make_interval(months => months));
  END LOOP;
  RETURN made;
END $$;

CREATE FUNCTION sertantai_make_month(parent text, month_start timestamp) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  partition text := parent || '_' || to_char(month_start, 'YYYY_MM');
BEGIN
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN 0;
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition, parent,
                 month_start AT TIME ZONE 'UTC', (month_start + interval '1 month') AT TIME ZONE 'UTC');
  IF parent = 'selection_audit_log' THEN
    PERFORM sertantai_guard_audit_partition(partition::regclass);
  ELSE
    PERFORM sertantai_guard_operations_partition(partition::regclass);
  END IF;
  RETURN 1;
EXCEPTION WHEN check_violation THEN
  RAISE WARNING 'rows of % lie in the default partition and stay there', to_char(month_start, 'YYYY-MM');
  RETURN 0;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_make_month(text, timestamp) FROM PUBLIC;

-- A partition has no grant and shows its rows to its owner only: it is reached through its parent.
CREATE FUNCTION sertantai_guard_operations_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE POLICY operations_partition_migrator ON %s TO sertantai_migrator '
                 'USING (true) WITH CHECK (true)', partition);
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_guard_operations_partition(regclass) FROM PUBLIC;

DO $$
DECLARE
  month text;
BEGIN
  FOR month IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'selection_audit_log'::regclass
                  AND c.relname ~ '^selection_audit_log_\d{4}_\d{2}$' LOOP
    PERFORM sertantai_make_month('selection_operations', to_timestamp(right(month, 7), 'YYYY_MM')::timestamp);
  END LOOP;
END $$;
CREATE TABLE selection_operations_default PARTITION OF selection_operations DEFAULT;
SELECT sertantai_guard_operations_partition('selection_operations_default');

-- An operation comes in several statements where it is large, or where it changes a list and its records.
CREATE FUNCTION sertantai_count_operations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
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
      FROM added WHERE operation_id IS NOT NULL
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
  INSERT INTO selection_activity AS a
    SELECT user_id, date_bin('15 minutes', created_at, 'epoch'), count(*) FROM added GROUP BY 1, 2
  ON CONFLICT (user_id, at) DO UPDATE SET changes = a.changes + excluded.changes;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_count_operations() FROM PUBLIC;

-- What there is already, counted in the same way.
INSERT INTO selection_operations
  SELECT user_id, created_at, operation_id, max(position), min(group_id::text)::uuid, min(selection_group),
         min(actor_id::text)::uuid, min(session_id), min(ip_address), min(user_agent),
         max(action) FILTER (WHERE record_id IS NULL), min(action) FILTER (WHERE record_id IS NOT NULL),
         count(*) FILTER (WHERE action IN ('select', 'bulk_select')),
         count(*) FILTER (WHERE action IN ('deselect', 'bulk_deselect', 'clear_all')),
         count(*) FILTER (WHERE action = 'annotate'),
         count(*) FILTER (WHERE record_id IS NOT NULL AND (action <> 'annotate' OR metadata ? 'before')),
         max(metadata ->> 'source'), max(metadata ->> 'undoes')::uuid,
         min(record_id::text)::uuid, min(record_name)
    FROM selection_audit_log WHERE operation_id IS NOT NULL
   GROUP BY user_id, created_at, operation_id;
INSERT INTO selection_activity
  SELECT user_id, date_bin('15 minutes', created_at, 'epoch'), count(*) FROM selection_audit_log GROUP BY 1, 2;
ANALYZE selection_operations;

CREATE TRIGGER count_operations AFTER INSERT ON selection_audit_log
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sertantai_count_operations();
ALTER TABLE selection_audit_log ENABLE ALWAYS TRIGGER count_operations;
SELECT sertantai_make_audit_partitions(3);

-- As before, and the operations' months with them.
CREATE OR REPLACE FUNCTION sertantai_drop_audit_months(months_kept integer) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  first_kept timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => months_kept);
  old_months text[];
  month text;
  highest bigint;
BEGIN
  IF months_kept IS NULL OR months_kept NOT BETWEEN 1 AND 1200 THEN
    RAISE EXCEPTION 'months_kept must be 1 to 1200' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('sertantai_make_audit_partitions', 0));
  SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}') INTO old_months
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'selection_audit_log'::regclass
     AND c.relname ~ '^selection_audit_log_\d{4}_\d{2}$'
     AND c.relname < 'selection_audit_log_' || to_char(first_kept, 'YYYY_MM');
  IF old_months = '{}' THEN
    RETURN old_months;
  END IF;
  -- Through the parent: a partition itself shows its rows to nobody.
  SELECT coalesce(max(position), 0) INTO highest
    FROM selection_audit_log WHERE created_at < first_kept AT TIME ZONE 'UTC';
  PERFORM sertantai_extend_audit_baseline(highest, first_kept AT TIME ZONE 'UTC');
  FOREACH month IN ARRAY old_months LOOP
    EXECUTE format('DROP TABLE %I', month);
    EXECUTE format('DROP TABLE IF EXISTS %I', replace(month, 'selection_audit_log_', 'selection_operations_'));
  END LOOP;
  DELETE FROM selection_operations WHERE created_at < first_kept AT TIME ZONE 'UTC';
  DELETE FROM selection_activity WHERE at < first_kept AT TIME ZONE 'UTC';
  RETURN old_months;
END $$;
