-- Suggestions that wait for a decision. What became of them is in the trail.
ALTER TABLE user_selection_groups ADD COLUMN four_eyes boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN user_selection_groups.four_eyes IS 'nobody ticks alone: one suggests, another accepts';

CREATE TABLE selection_suggestions (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  id uuid NOT NULL,
  suggested_by uuid NOT NULL,
  suggested_at timestamptz NOT NULL,
  position bigint NOT NULL,
  ticks bytea NOT NULL,
  unticks bytea NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (user_id, group_id, id),
  FOREIGN KEY (user_id, group_id) REFERENCES user_selection_groups (user_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN selection_suggestions.ticks IS 'numbers of laws as a Roaring bitmap, as far as they are not decided';

ALTER TABLE selection_suggestions ENABLE ROW LEVEL SECURITY;
ALTER TABLE selection_suggestions FORCE ROW LEVEL SECURITY;
CREATE POLICY selection_suggestions_sync ON selection_suggestions TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY selection_suggestions_auditor ON selection_suggestions FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY selection_suggestions_migrator ON selection_suggestions TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON selection_suggestions TO sertantai_sync;
GRANT SELECT ON selection_suggestions TO sertantai_auditor;

-- Words for them. The rows that are there are of the words before: not looked at.
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_action_known;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_action_known CHECK (action IN (
  'select', 'deselect', 'bulk_select', 'bulk_deselect', 'clear_all', 'annotate',
  'create_group', 'update_group', 'delete_group',
  'suggest', 'decide_suggestion', 'withdraw_suggestion',
  'admit', 'change_member', 'expel', 'offer_ownership', 'take_ownership', 'set_team', 'join_team', 'grant',
  'describe', 'end_organization')) NOT VALID;
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_record_named;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_record_named CHECK (
  record_id IS NOT NULL OR action IN (
    'create_group', 'update_group', 'delete_group',
    'suggest', 'decide_suggestion', 'withdraw_suggestion',
    'admit', 'change_member', 'expel', 'offer_ownership', 'take_ownership', 'set_team', 'join_team', 'grant',
    'describe', 'end_organization')) NOT VALID;
