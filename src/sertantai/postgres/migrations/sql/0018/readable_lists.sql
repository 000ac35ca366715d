-- Two claims a transaction: who asks (sertantai.user_id) and whose rows (sertantai.owner_id). Each question is asked
-- once a statement, as it has no arguments from the row, and not at all of somebody's own rows.
CREATE FUNCTION sertantai_sees_all_lists() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM user_organization_memberships m
                  WHERE m.user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid
                    AND m.organization_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
                    AND NOT m.suspended AND m.role IN ('owner', 'admin'))
$$;

CREATE FUNCTION sertantai_readable_lists() RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 50 AS $$
  WITH c AS (SELECT nullif(current_setting('sertantai.user_id', true), '')::uuid AS who,
                    nullif(current_setting('sertantai.owner_id', true), '')::uuid AS whose),
  m AS (SELECT m.role FROM user_organization_memberships m, c
         WHERE m.user_id = c.who AND m.organization_id = c.whose AND NOT m.suspended)
  SELECT g.id, g.name FROM user_selection_groups g, c, m
   WHERE g.user_id = c.whose
     AND (NOT g.restricted OR (g.made_by = c.who AND m.role = 'member')
          OR g.id IN (SELECT a.group_id FROM selection_group_grants a
                       WHERE a.user_id = c.whose AND (a.ends_at IS NULL OR a.ends_at > now())
                         AND (a.grantee_id = c.who
                              OR a.grantee_id IN (SELECT t.team_id FROM organization_team_members t
                                                   WHERE t.organization_id = c.whose AND t.user_id = c.who))))
$$;

REVOKE EXECUTE ON FUNCTION sertantai_sees_all_lists(), sertantai_readable_lists() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_sees_all_lists(), sertantai_readable_lists() TO sertantai_app;

DROP POLICY user_selection_groups_own ON user_selection_groups;
CREATE POLICY user_selection_groups_readable ON user_selection_groups FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR name IN (SELECT r.name FROM sertantai_readable_lists() r)));
DROP POLICY user_record_selections_own ON user_record_selections;
CREATE POLICY user_record_selections_readable ON user_record_selections FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR selection_group IN (SELECT r.name FROM sertantai_readable_lists() r)));

-- The trail outlives its lists, so whoever sees all of an owner sees what was in lists that have ended.
DROP POLICY selection_audit_log_own ON selection_audit_log;
CREATE POLICY selection_audit_log_readable ON selection_audit_log FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)));
DROP POLICY selection_operations_own ON selection_operations;
CREATE POLICY selection_operations_readable ON selection_operations FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)));
-- Sums over all lists betray those that one may not read.
DROP POLICY selection_activity_own ON selection_activity;
CREATE POLICY selection_activity_readable ON selection_activity FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists())));
DROP POLICY audit_baseline_own ON audit_baseline;
CREATE POLICY audit_baseline_readable ON audit_baseline FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)));
DROP POLICY audit_baseline_owners_own ON audit_baseline_owners;
CREATE POLICY audit_baseline_owners_owner ON audit_baseline_owners FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid);
DROP POLICY import_reports_own ON import_reports;
CREATE POLICY import_reports_readable ON import_reports TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)))
  WITH CHECK (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)));
