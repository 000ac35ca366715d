-- A DNS that gives no answer neither keeps a domain for ever nor keeps others waiting: each try counts, and silence ends.
ALTER TABLE organization_domains ADD COLUMN look_at timestamptz;
ALTER TABLE organization_domains ADD COLUMN silent_since timestamptz;
COMMENT ON COLUMN organization_domains.look_at IS 'when it is looked at next, however the last look went';
COMMENT ON COLUMN organization_domains.silent_since IS 'the first of the looks in a row that got no answer';
UPDATE organization_domains SET look_at = checked_at + interval '1 day' WHERE verified_at IS NOT NULL;

DROP INDEX idx_verified_domains_checked;
CREATE INDEX idx_verified_domains_look_at ON organization_domains (look_at) WHERE verified_at IS NOT NULL;
