-- What of somebody who went can be again. With the membership that is over, as that and nothing else is undone by it.
ALTER TABLE organization_former_members ADD COLUMN kept jsonb;
COMMENT ON COLUMN organization_former_members.kept IS
  'their permissions, teams and grants, and to whom lists were handed on: for who takes them back; null where nobody can';
CREATE INDEX idx_former_members_kept ON organization_former_members (organization_id, position) WHERE kept IS NOT NULL;

-- Whoever left of their own accord is asked, and is by accepting what they were.
ALTER TABLE organization_invitations ADD COLUMN as_before boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN organization_invitations.as_before IS 'who has left within 30 days is what they were by accepting it';

-- A word for it. The rows that are there are of the words before: not looked at.
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_action_known;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_action_known CHECK (action IN (
  'select', 'deselect', 'bulk_select', 'bulk_deselect', 'clear_all', 'annotate',
  'create_group', 'update_group', 'delete_group', 'take_over', 'hand_over',
  'suggest', 'decide_suggestion', 'withdraw_suggestion',
  'admit', 'change_member', 'expel', 'take_back', 'offer_ownership', 'take_ownership', 'set_team', 'join_team',
  'grant', 'describe', 'end_organization', 'look_in')) NOT VALID;
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_record_named;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_record_named CHECK (
  record_id IS NOT NULL OR action IN (
    'create_group', 'update_group', 'delete_group', 'take_over', 'hand_over',
    'suggest', 'decide_suggestion', 'withdraw_suggestion',
    'admit', 'change_member', 'expel', 'take_back', 'offer_ownership', 'take_ownership', 'set_team', 'join_team',
    'grant', 'describe', 'end_organization', 'look_in')) NOT VALID;
