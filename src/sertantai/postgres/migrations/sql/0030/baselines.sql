-- Each owner's trail begins where theirs was cut. Whoever was cut before was cut where everybody was.
ALTER TABLE audit_baseline_owners ADD COLUMN reaches_back_to timestamptz;
COMMENT ON COLUMN audit_baseline_owners.reaches_back_to IS 'this user''s trail is complete from here on';
COMMENT ON COLUMN audit_baseline_reach.reaches_back_to IS
  'the trail of users whom audit_baseline_owners does not know is complete from here on; null: from the start';
UPDATE audit_baseline_owners SET reaches_back_to = (SELECT reaches_back_to FROM audit_baseline_reach);

-- Who might do what in an organization when its trail was cut: what comes after is played onto it.
CREATE TABLE audit_baseline_rights (
  user_id uuid PRIMARY KEY,
  position bigint NOT NULL,
  state bytea NOT NULL
);
COMMENT ON COLUMN audit_baseline_rights.position IS 'it holds the effect of everything up to here';
COMMENT ON COLUMN audit_baseline_rights.state IS 'members, teams, grants and lists, without the laws in them';
ALTER TABLE audit_baseline_rights ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_baseline_rights FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_baseline_rights_sync ON audit_baseline_rights TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY audit_baseline_rights_auditor ON audit_baseline_rights FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY audit_baseline_rights_migrator ON audit_baseline_rights TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON audit_baseline_rights TO sertantai_sync;
GRANT SELECT ON audit_baseline_rights TO sertantai_auditor;

-- Adds the effect of all that some owners did before a month ends to the baseline, and says where their trail begins.
DROP FUNCTION sertantai_extend_audit_baseline(timestamptz);
CREATE FUNCTION sertantai_extend_audit_baseline(leaving uuid[], month_after timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  CREATE TEMP TABLE extended ON COMMIT DROP AS
    SELECT l.user_id, max(l.position) AS upto, coalesce(max(b.position), 0) AS reached
      FROM selection_audit_log l LEFT JOIN audit_baseline_owners b USING (user_id)
     WHERE l.user_id = ANY (leaving) AND l.created_at < month_after AND l.position IS NOT NULL
     GROUP BY l.user_id;
  CREATE TEMP TABLE last_changes ON COMMIT DROP AS
    SELECT DISTINCT ON (user_id, group_id, record_no) user_id, group_id, record_no,
           action IN ('select', 'bulk_select') AS selected
      FROM selection_audit_log l JOIN extended e USING (user_id)
     WHERE l.position > e.reached AND l.position <= e.upto AND record_no IS NOT NULL AND group_id IS NOT NULL
       AND action <> 'annotate'
     ORDER BY user_id, group_id, record_no, l.position DESC;
  DELETE FROM audit_baseline b USING last_changes c
   WHERE NOT c.selected
     AND (b.user_id, b.group_id, b.record_no) = (c.user_id, c.group_id, c.record_no);
  INSERT INTO audit_baseline
    SELECT user_id, group_id, record_no FROM last_changes WHERE selected ON CONFLICT DO NOTHING;
  INSERT INTO audit_baseline_owners AS b (user_id, position, reaches_back_to)
    SELECT user_id, upto, month_after FROM extended
  ON CONFLICT (user_id) DO UPDATE
     SET position = greatest(b.position, excluded.position),
         reaches_back_to = greatest(b.reaches_back_to, excluded.reaches_back_to);
  DROP TABLE last_changes, extended;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_extend_audit_baseline(uuid[], timestamptz) FROM PUBLIC;

-- Whether all that was done to an organization before a month ends is in what is kept of its rights; not asked of one
-- whose trail was cut before that was kept.
CREATE FUNCTION sertantai_rights_are_kept(organization uuid, month_after timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(
    (SELECT max(l.position) FROM selection_audit_log l
      WHERE l.user_id = organization AND l.created_at < month_after AND l.record_id IS NULL)
    <= coalesce((SELECT r.position FROM audit_baseline_rights r WHERE r.user_id = organization),
                (SELECT 9223372036854775807 FROM audit_baseline_owners b
                  WHERE b.user_id = organization AND b.reaches_back_to IS NOT NULL), 0), true)
$$;
REVOKE EXECUTE ON FUNCTION sertantai_rights_are_kept(uuid, timestamptz) FROM PUBLIC;
