-- Over all owners: what was done about one law, and what one person did. Both were scans of every month.
CREATE INDEX idx_audit_record_no_created_at ON selection_audit_log (record_no, created_at);
CREATE INDEX idx_audit_actor_id_created_at ON selection_audit_log (actor_id, created_at);
