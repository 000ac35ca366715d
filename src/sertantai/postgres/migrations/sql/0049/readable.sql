-- What nobody can read, such as a time without end or a network for an address, would stop whoever compares the trail
-- with what was sealed, and hide what else was changed. Whoever takes one of these rules away changes a rule that the
-- server holds against what it set up.
ALTER TABLE selection_audit_log ADD CONSTRAINT selection_audit_log_readable CHECK (
  created_at >= '0001-01-02 00:00+00' AND created_at < '9999-01-01 00:00+00'
  AND (record_no IS NULL OR record_no > 0)
  AND jsonb_typeof(metadata) = 'object'
  AND (ip_address IS NULL OR masklen(ip_address) = CASE family(ip_address) WHEN 4 THEN 32 ELSE 128 END));
ALTER TABLE security_events ADD CONSTRAINT security_events_readable CHECK (
  at >= '0001-01-02 00:00+00' AND at < '9999-01-01 00:00+00'
  AND jsonb_typeof(details) = 'object'
  AND (ip_address IS NULL OR masklen(ip_address) = CASE family(ip_address) WHEN 4 THEN 32 ELSE 128 END));
ALTER TABLE audit_notices ADD CONSTRAINT audit_notices_readable CHECK (
  at >= '0001-01-02 00:00+00' AND at < '9999-01-01 00:00+00' AND jsonb_typeof(body) = 'object');
ALTER TABLE audit_baseline ADD CONSTRAINT audit_baseline_readable CHECK (record_no > 0);
