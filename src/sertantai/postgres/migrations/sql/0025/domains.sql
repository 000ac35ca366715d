-- Ways into an organization, and no right: whoever joins by a domain is admitted by an operation of its log.
CREATE TABLE organization_domains (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  domain text NOT NULL CONSTRAINT organization_domains_length CHECK (octet_length(domain) BETWEEN 3 AND 253),
  txt_token text NOT NULL CONSTRAINT organization_domains_token CHECK (octet_length(txt_token) BETWEEN 20 AND 100),
  mode text NOT NULL DEFAULT 'suggest'
    CONSTRAINT organization_domains_mode CHECK (mode IN ('suggest', 'admit')),
  added_by uuid NOT NULL,
  added_at timestamptz NOT NULL,
  verified_at timestamptz,
  checked_at timestamptz,
  missing_since timestamptz,
  PRIMARY KEY (organization_id, domain)
);
COMMENT ON COLUMN organization_domains.domain IS 'in ASCII, as addresses are compared by it';
COMMENT ON COLUMN organization_domains.verified_at IS 'since when its DNS says that it is the organization''s';
COMMENT ON COLUMN organization_domains.missing_since IS 'verified once, but its DNS does not say so any more';
-- One domain is one organization's.
CREATE UNIQUE INDEX unique_verified_domain ON organization_domains (domain) WHERE verified_at IS NOT NULL;
CREATE INDEX idx_verified_domains_checked ON organization_domains (checked_at) WHERE verified_at IS NOT NULL;

ALTER TABLE organization_domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_domains FORCE ROW LEVEL SECURITY;
CREATE POLICY organization_domains_accounts ON organization_domains TO sertantai_accounts
  USING (true) WITH CHECK (true);
CREATE POLICY organization_domains_migrator ON organization_domains TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON organization_domains TO sertantai_accounts;
