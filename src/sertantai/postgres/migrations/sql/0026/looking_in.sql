-- What one of many did in an organization. Of somebody's own lists everything is their own: not one more row is written
-- with a tick there.
CREATE INDEX idx_operations_actor ON selection_operations (user_id, actor_id, created_at, operation_id)
  WHERE actor_id <> user_id;
CREATE INDEX idx_audit_actor ON selection_audit_log (user_id, actor_id, created_at) WHERE actor_id <> user_id;

-- An administrator of the site looked in. The rows that are there are of the words before: not looked at.
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_action_known;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_action_known CHECK (action IN (
  'select', 'deselect', 'bulk_select', 'bulk_deselect', 'clear_all', 'annotate',
  'create_group', 'update_group', 'delete_group',
  'suggest', 'decide_suggestion', 'withdraw_suggestion',
  'admit', 'change_member', 'expel', 'offer_ownership', 'take_ownership', 'set_team', 'join_team', 'grant',
  'describe', 'end_organization', 'look_in')) NOT VALID;
ALTER TABLE selection_audit_log DROP CONSTRAINT selection_audit_log_record_named;
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_record_named CHECK (
  record_id IS NOT NULL OR action IN (
    'create_group', 'update_group', 'delete_group',
    'suggest', 'decide_suggestion', 'withdraw_suggestion',
    'admit', 'change_member', 'expel', 'offer_ownership', 'take_ownership', 'set_team', 'join_team', 'grant',
    'describe', 'end_organization', 'look_in')) NOT VALID;
