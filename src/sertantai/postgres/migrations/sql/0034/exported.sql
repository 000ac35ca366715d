-- A word for taking a list along as a file. The rows that are there are of the words before: not looked at.
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_action_known;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_action_known CHECK (action IN (
  'select', 'deselect', 'bulk_select', 'bulk_deselect', 'clear_all', 'annotate',
  'create_group', 'update_group', 'delete_group', 'take_over', 'hand_over',
  'suggest', 'decide_suggestion', 'withdraw_suggestion',
  'admit', 'change_member', 'expel', 'take_back', 'offer_ownership', 'take_ownership', 'set_team', 'join_team',
  'grant', 'describe', 'end_organization', 'look_in', 'export_list')) NOT VALID;
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_record_named;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_record_named CHECK (
  record_id IS NOT NULL OR action IN (
    'create_group', 'update_group', 'delete_group', 'take_over', 'hand_over',
    'suggest', 'decide_suggestion', 'withdraw_suggestion',
    'admit', 'change_member', 'expel', 'take_back', 'offer_ownership', 'take_ownership', 'set_team', 'join_team',
    'grant', 'describe', 'end_organization', 'look_in', 'export_list')) NOT VALID;
