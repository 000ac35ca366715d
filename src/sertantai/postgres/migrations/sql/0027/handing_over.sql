-- Whose a list was: one line each time that it went from one owner to another. Their trails stay where they are.
CREATE TABLE selection_group_lineage (
  group_id uuid NOT NULL,
  from_owner uuid NOT NULL,
  until_position bigint NOT NULL,
  to_owner uuid NOT NULL,
  shows_history boolean NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (group_id, until_position)
);
COMMENT ON COLUMN selection_group_lineage.until_position IS 'the last version that the list had there';
COMMENT ON COLUMN selection_group_lineage.shows_history IS
  'whoever reads the list may read what was done to it until then; not from where';

ALTER TABLE selection_group_lineage ENABLE ROW LEVEL SECURITY;
ALTER TABLE selection_group_lineage FORCE ROW LEVEL SECURITY;
CREATE POLICY selection_group_lineage_readable ON selection_group_lineage FOR SELECT TO sertantai_app
  USING (group_id IN (SELECT g.id FROM user_selection_groups g));
CREATE POLICY selection_group_lineage_sync ON selection_group_lineage TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY selection_group_lineage_auditor ON selection_group_lineage FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY selection_group_lineage_migrator ON selection_group_lineage TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT ON selection_group_lineage TO sertantai_app, sertantai_auditor;
GRANT SELECT, INSERT ON selection_group_lineage TO sertantai_sync;

-- A third claim (sertantai.until): what was done, up to that version, in lists that whoever asks reads elsewhere by
-- now, and that were handed over with their history, then and each time since.
CREATE FUNCTION sertantai_lists_handed_over() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 5 AS $$
  WITH c AS (SELECT nullif(current_setting('sertantai.user_id', true), '')::uuid AS who,
                    nullif(current_setting('sertantai.owner_id', true), '')::uuid AS whose,
                    nullif(current_setting('sertantai.until', true), '')::bigint AS until)
  SELECT g.id FROM c JOIN selection_group_lineage l ON l.from_owner = c.whose AND l.until_position = c.until
                     JOIN user_selection_groups g ON g.id = l.group_id
   WHERE NOT EXISTS (SELECT FROM selection_group_lineage x
                      WHERE x.group_id = l.group_id AND x.until_position >= l.until_position AND NOT x.shows_history)
     AND (g.user_id = c.who
          OR EXISTS (SELECT FROM user_organization_memberships m
                      WHERE m.user_id = c.who AND m.organization_id = g.user_id AND NOT m.suspended
                        AND (m.role IN ('owner', 'admin') OR NOT g.restricted OR (g.made_by = c.who AND m.role = 'member')
                             OR EXISTS (SELECT FROM selection_group_grants a
                                         WHERE a.user_id = g.user_id AND a.group_id = g.id
                                           AND (a.ends_at IS NULL OR a.ends_at > now())
                                           AND (a.grantee_id = c.who
                                                OR a.grantee_id IN (SELECT t.team_id FROM organization_team_members t
                                                                     WHERE t.organization_id = g.user_id
                                                                       AND t.user_id = c.who))))))
$$;
REVOKE EXECUTE ON FUNCTION sertantai_lists_handed_over() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_lists_handed_over() TO sertantai_app;

DROP POLICY selection_audit_log_readable ON selection_audit_log;
CREATE POLICY selection_audit_log_readable ON selection_audit_log FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)
              OR (position <= (SELECT nullif(current_setting('sertantai.until', true), '')::bigint)
                  AND group_id IN (SELECT sertantai_lists_handed_over()))));
DROP POLICY selection_operations_readable ON selection_operations;
CREATE POLICY selection_operations_readable ON selection_operations FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)
              OR (position <= (SELECT nullif(current_setting('sertantai.until', true), '')::bigint)
                  AND group_id IN (SELECT sertantai_lists_handed_over()))));

-- Words for it. The rows that are there are of the words before: not looked at.
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_action_known;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_action_known CHECK (action IN (
  'select', 'deselect', 'bulk_select', 'bulk_deselect', 'clear_all', 'annotate',
  'create_group', 'update_group', 'delete_group', 'take_over', 'hand_over',
  'suggest', 'decide_suggestion', 'withdraw_suggestion',
  'admit', 'change_member', 'expel', 'offer_ownership', 'take_ownership', 'set_team', 'join_team', 'grant',
  'describe', 'end_organization', 'look_in')) NOT VALID;
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_record_named;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_record_named CHECK (
  record_id IS NOT NULL OR action IN (
    'create_group', 'update_group', 'delete_group', 'take_over', 'hand_over',
    'suggest', 'decide_suggestion', 'withdraw_suggestion',
    'admit', 'change_member', 'expel', 'offer_ownership', 'take_ownership', 'set_team', 'join_team', 'grant',
    'describe', 'end_organization', 'look_in')) NOT VALID;
