CREATE TABLE organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CHECK (name <> ''),
  slug text NOT NULL UNIQUE CHECK (slug <> '' AND octet_length(slug) <= 200),
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_organization_memberships (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'member'
    CONSTRAINT user_organization_memberships_role_known CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  permissions jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT unique_user_org UNIQUE (user_id, organization_id)
);
-- unique_user_org leads with the user; this one lists an organization's members.
CREATE INDEX idx_memberships_organization_id ON user_organization_memberships (organization_id);

GRANT SELECT ON organizations, user_organization_memberships TO sertantai_app, sertantai_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON organizations, user_organization_memberships TO sertantai_accounts;

ALTER TABLE user_organization_memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_organization_memberships FORCE ROW LEVEL SECURITY;
CREATE POLICY memberships_own ON user_organization_memberships FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY memberships_accounts ON user_organization_memberships TO sertantai_accounts
  USING (true) WITH CHECK (true);
CREATE POLICY memberships_auditor ON user_organization_memberships FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY memberships_migrator ON user_organization_memberships TO sertantai_migrator
  USING (true) WITH CHECK (true);

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY organizations_of_member ON organizations FOR SELECT TO sertantai_app
  USING (EXISTS (SELECT FROM user_organization_memberships m
                  WHERE m.organization_id = organizations.id
                    AND m.user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid));
CREATE POLICY organizations_accounts ON organizations TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY organizations_auditor ON organizations FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY organizations_migrator ON organizations TO sertantai_migrator USING (true) WITH CHECK (true);
