-- Who looked at what is kept for a time, too: then the entry loses all it said, and its place in the log stays.
ALTER TABLE retention_policies
  DROP CONSTRAINT retention_policies_class_known,
  ADD CONSTRAINT retention_policies_class_known CHECK (
    class IN ('deeds', 'origins', 'guest_deeds', 'security_events', 'rejections', 'access'));

CREATE TABLE audit_notices_dropped (
  id uuid PRIMARY KEY,
  told bigint NOT NULL,
  number bigint NOT NULL,
  leaf bytea NOT NULL CONSTRAINT audit_notices_dropped_leaf CHECK (octet_length(leaf) = 32),
  log text NOT NULL,
  act uuid NOT NULL
);
COMMENT ON TABLE audit_notices_dropped IS 'what is left of notices whose time was over; the sealed log says by which act';
COMMENT ON COLUMN audit_notices_dropped.number IS 'which of the log''s notices it was';
COMMENT ON COLUMN audit_notices_dropped.log IS 'the name of the sealed log that it is in';
ALTER TABLE audit_notices_dropped ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_notices_dropped FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_notices_dropped_sync ON audit_notices_dropped FOR SELECT TO sertantai_sync USING (true);
CREATE POLICY audit_notices_dropped_auditor ON audit_notices_dropped FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_notices_dropped_migrator ON audit_notices_dropped TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT ON audit_notices_dropped TO sertantai_sync, sertantai_auditor;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_notices_dropped
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE audit_notices_dropped ENABLE ALWAYS TRIGGER append_only;

-- A notice goes only where this line of it stays; also for the owner of the table.
CREATE FUNCTION sertantai_guard_notices() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.kind = 'access' AND EXISTS (SELECT FROM audit_notices_dropped d WHERE d.id = OLD.id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% on % is refused: only what retention dropped may go', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER append_only ON audit_notices;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit_notices
  FOR EACH STATEMENT EXECUTE FUNCTION sertantai_refuse();
ALTER TABLE audit_notices ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER goes_by_retention BEFORE DELETE ON audit_notices
  FOR EACH ROW EXECUTE FUNCTION sertantai_guard_notices();
ALTER TABLE audit_notices ENABLE ALWAYS TRIGGER goes_by_retention;

-- Those whose time is over at a moment; `is_held`: a hold is about whom or what it names, or whose list that is.
CREATE FUNCTION sertantai_old_access(moment timestamptz)
RETURNS TABLE (id uuid, told bigint, at timestamptz, bytes bigint, is_held boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT n.id, n.told, n.at, octet_length(n.body::text),
         EXISTS (SELECT FROM legal_holds h LEFT JOIN uk_lrt_records l ON h.scope = 'law' AND l.id = h.target
                  WHERE h.released_at IS NULL
                    AND (h.scope = 'installation' OR h.target IN (n.subject, n.actor)
                         OR strpos(n.body::text, h.target::text) > 0
                         OR strpos(n.body::text, to_json(l.name)::text) > 0
                         OR EXISTS (SELECT FROM user_selection_groups g WHERE g.user_id = h.target
                                       AND (g.id = n.subject OR strpos(n.body::text, g.id::text) > 0))))
    FROM audit_notices n
   WHERE n.kind = 'access'
     AND n.at < moment - make_interval(months => (SELECT p.keep_months FROM sertantai_policies_at(moment) p
                                                   WHERE p.class = 'access'))
$$;
REVOKE EXECUTE ON FUNCTION sertantai_guard_notices(), sertantai_old_access(timestamptz) FROM PUBLIC;

CREATE FUNCTION sertantai_access_plan(moment timestamptz)
RETURNS TABLE (class text, act text, month text, organization_id uuid, by text, rows bigint, held bigint, bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'access', 'deleted', NULL::text, NULL::uuid, 'installation', count(*) FILTER (WHERE NOT is_held),
         count(*) FILTER (WHERE is_held), coalesce(sum(o.bytes) FILTER (WHERE NOT is_held), 0)::bigint
    FROM sertantai_old_access(moment) o HAVING count(*) > 0
$$;
REVOKE EXECUTE ON FUNCTION sertantai_access_plan(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_access_plan(timestamptz) TO sertantai_auditor;

-- Those that may go now, the first told first.
CREATE FUNCTION sertantai_access_due(after bigint, at_most integer) RETURNS TABLE (id uuid, told bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id, o.told FROM sertantai_old_access(sertantai_settled_now()) o
   WHERE NOT o.is_held AND o.told > after ORDER BY o.told LIMIT at_most
$$;

-- Lets them go, as far as they may now; returns which went, and of when they were. What is left of each is its place.
CREATE FUNCTION sertantai_drop_access(ids uuid[], numbers bigint[], leaves bytea[], of_log text, acts uuid[])
RETURNS TABLE (id uuid, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  going uuid[] := ARRAY(SELECT o.id FROM sertantai_old_access(sertantai_settled_now()) o
                         WHERE NOT o.is_held AND o.id = ANY (ids));
BEGIN
  INSERT INTO audit_notices_dropped (id, told, number, leaf, log, act)
    SELECT n.id, n.told, w.number, w.leaf, of_log, w.act
      FROM unnest(ids, numbers, leaves, acts) AS w (id, number, leaf, act) JOIN audit_notices n ON n.id = w.id
     WHERE n.id = ANY (going)
  ON CONFLICT DO NOTHING;
  RETURN QUERY DELETE FROM audit_notices n WHERE n.id = ANY (going) RETURNING n.id, n.at;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_access_due(bigint, integer),
  sertantai_drop_access(uuid[], bigint[], bytea[], text, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_access_due(bigint, integer),
  sertantai_drop_access(uuid[], bigint[], bytea[], text, uuid[]) TO sertantai_sync;
