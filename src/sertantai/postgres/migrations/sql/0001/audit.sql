-- The trail. user_id is the owner of the list and has no foreign key: the trail outlives its user.
CREATE TABLE selection_audit_log (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL,
  actor_id uuid,
  record_id uuid REFERENCES uk_lrt_records (id),
  record_no integer,
  record_name text,
  action text NOT NULL,
  selection_group text DEFAULT 'default',
  group_id uuid,
  operation_id uuid,
  position bigint,
  session_id text,
  ip_address inet,
  user_agent text,
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, id, created_at),
  CONSTRAINT selection_audit_log_action_known CHECK (action IN (
    'select', 'deselect', 'bulk_select', 'bulk_deselect', 'clear_all', 'annotate',
    'create_group', 'update_group', 'delete_group')),
  CONSTRAINT selection_audit_log_record_named CHECK (
    record_id IS NOT NULL OR action IN ('create_group', 'update_group', 'delete_group'))
) PARTITION BY RANGE (created_at);

CREATE INDEX idx_audit_user_id_created_at ON selection_audit_log (user_id, created_at);
CREATE INDEX idx_audit_action_created_at ON selection_audit_log (action, created_at);
CREATE INDEX idx_audit_session_id ON selection_audit_log (session_id);
CREATE INDEX idx_audit_operation_id ON selection_audit_log (operation_id);
CREATE INDEX idx_audit_user_group_position ON selection_audit_log (user_id, group_id, position);

-- Row triggers are cloned to every partition, now and later; statement triggers are not.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON selection_audit_log
  FOR EACH ROW EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE selection_audit_log ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON selection_audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE selection_audit_log ENABLE ALWAYS TRIGGER append_only_statement;

ALTER TABLE selection_audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE selection_audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY selection_audit_log_own ON selection_audit_log FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY selection_audit_log_sync ON selection_audit_log FOR INSERT TO sertantai_sync WITH CHECK (true);
CREATE POLICY selection_audit_log_auditor ON selection_audit_log FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY selection_audit_log_migrator ON selection_audit_log TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT ON selection_audit_log TO sertantai_app, sertantai_auditor;
GRANT INSERT ON selection_audit_log TO sertantai_sync;

-- What a partition does not inherit. It has no policy and no grant: it is reached through its parent only.
CREATE FUNCTION sertantai_guard_audit_partition(partition regclass) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE TRIGGER append_only_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                 'FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse()', partition);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_statement', partition);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', partition);
END $$;

-- Makes the partitions of last month (late operations), this month and `months_ahead` more that are missing;
-- returns how many it made. A month whose rows already lie in the default partition (a clock ran ahead) is
-- left there with a warning: the trail is never rewritten. Gives up after two seconds of waiting for a lock,
-- so that it never holds up the synchroniser behind a long report.
CREATE FUNCTION sertantai_make_audit_partitions(months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  month_start timestamp;
  partition text;
  made integer := 0;
BEGIN
  IF months_ahead IS NULL OR months_ahead NOT BETWEEN 0 AND 120 THEN
    RAISE EXCEPTION 'months_ahead must be 0 to 120' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('sertantai_make_audit_partitions', 0));
  FOR months IN -1..months_ahead LOOP
    month_start := this_month + make_interval(months => months);
    partition := 'selection_audit_log_' || to_char(month_start, 'YYYY_MM');
    CONTINUE WHEN to_regclass(partition) IS NOT NULL;
    BEGIN
      EXECUTE format(
        'CREATE TABLE %I PARTITION OF selection_audit_log FOR VALUES FROM (%L) TO (%L)', partition,
        month_start AT TIME ZONE 'UTC', (month_start + interval '1 month') AT TIME ZONE 'UTC');
      PERFORM sertantai_guard_audit_partition(partition::regclass);
      made := made + 1;
    EXCEPTION WHEN check_violation THEN
      RAISE WARNING 'rows of % lie in the default partition and stay there', to_char(month_start, 'YYYY-MM');
    END;
  END LOOP;
  RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_make_audit_partitions(integer) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION sertantai_guard_audit_partition(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_make_audit_partitions(integer) TO sertantai_sync;

-- Takes what no month takes, so that a wrong clock can never stop the synchroniser.
CREATE TABLE selection_audit_log_default PARTITION OF selection_audit_log DEFAULT;
SELECT sertantai_guard_audit_partition('selection_audit_log_default');
SELECT sertantai_make_audit_partitions(3);
