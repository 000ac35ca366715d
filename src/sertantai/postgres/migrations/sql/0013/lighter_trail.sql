-- A page of the trail is read in this order, and so is a span of somebody's time: one index serves what two did.
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_pkey;
ALTER TABLE selection_audit_log ADD PRIMARY KEY (user_id, created_at, id);
DROP INDEX idx_audit_user_id_created_at;

-- Most operations are a tick: one row of a new operation. Those are inserted as they are. Only where an operation is
-- known after all (a large one that was half written when a process ended) is it counted on, like those that come in
-- several statements because they are large, or because they change a list and its records.
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
  INSERT INTO selection_activity AS a
    SELECT user_id, date_bin('15 minutes', created_at, 'epoch'), count(*) FROM added GROUP BY 1, 2
  ON CONFLICT (user_id, at) DO UPDATE SET changes = a.changes + excluded.changes;
  RETURN NULL;
END $$;
