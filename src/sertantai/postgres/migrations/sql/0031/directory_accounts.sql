-- Accounts that came to be by an organization's directory, which may shut them and open what it has shut.
CREATE TABLE provisioned_accounts (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  made_at timestamptz NOT NULL,
  shut_at timestamptz
);
COMMENT ON COLUMN provisioned_accounts.shut_at IS 'since when the organization keeps it shut; null: it does not. The site''s shutting is users.disabled_at alone';
CREATE INDEX idx_provisioned_accounts_organization ON provisioned_accounts (organization_id);
ALTER TABLE provisioned_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE provisioned_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY provisioned_accounts_accounts ON provisioned_accounts TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY provisioned_accounts_migrator ON provisioned_accounts TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON provisioned_accounts TO sertantai_accounts;

-- What somebody was to the directory when it last said something of them. Only who was put out by it comes back unasked.
ALTER TABLE organization_directory_users ADD COLUMN standing text;
UPDATE organization_directory_users SET standing = CASE WHEN active AND user_id IS NULL THEN 'invited' WHEN active THEN 'member' ELSE 'away' END;
ALTER TABLE organization_directory_users ALTER COLUMN standing SET NOT NULL;
ALTER TABLE organization_directory_users ADD CONSTRAINT organization_directory_users_standing
  CHECK (standing IN ('member', 'invited', 'put_out', 'away'));
ALTER TABLE organization_directory_users DROP COLUMN active, DROP COLUMN provisioned;
COMMENT ON COLUMN organization_directory_users.user_id IS 'null: nobody has come yet whom the directory is known to mean';

-- Whose right an invitation of a directory has, and which token it ends with.
ALTER TABLE organization_invitations ADD COLUMN right_of uuid, ADD COLUMN directory_token uuid;
COMMENT ON COLUMN organization_invitations.right_of IS 'who has made the directory''s token; null: the right of invited_by';
