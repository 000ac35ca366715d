-- Where the secret of a link to read a list leads. What the link may stands in the list's own log. No reference to the
-- list: it may have been made a moment ago, and its row is still on its way.
CREATE TABLE selection_group_links (
  token_hash bytea PRIMARY KEY CONSTRAINT selection_group_links_hash CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  group_id uuid NOT NULL,
  id uuid NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  opened integer NOT NULL DEFAULT 0,
  opened_at timestamptz,
  UNIQUE (user_id, group_id, id)
);
COMMENT ON COLUMN selection_group_links.opened IS 'how often: the first page of it, by whomever';

-- With which an organization's directory proves itself. It may do nothing once who made it may not make one any more.
CREATE TABLE organization_directory_tokens (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  token_hash bytea NOT NULL UNIQUE
    CONSTRAINT organization_directory_tokens_hash CHECK (octet_length(token_hash) = 32),
  role text NOT NULL CONSTRAINT organization_directory_tokens_role CHECK (role IN ('admin', 'member', 'viewer')),
  made_by uuid NOT NULL,
  made_at timestamptz NOT NULL,
  last_used_at timestamptz,
  PRIMARY KEY (organization_id, id)
);
COMMENT ON COLUMN organization_directory_tokens.role IS 'of whom the directory says none';

-- What a directory says of people. Whether somebody is a member, and what they may do, stands in the organization's log.
CREATE TABLE organization_directory_users (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  user_name text NOT NULL CONSTRAINT organization_directory_users_name CHECK (octet_length(user_name) BETWEEN 1 AND 2000),
  email_key text NOT NULL CONSTRAINT organization_directory_users_key CHECK (octet_length(email_key) BETWEEN 1 AND 2000),
  external_id text CONSTRAINT organization_directory_users_external CHECK (octet_length(external_id) <= 2000),
  attributes jsonb NOT NULL DEFAULT '{}',
  active boolean NOT NULL,
  role text NOT NULL CONSTRAINT organization_directory_users_role CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  teams uuid[] NOT NULL DEFAULT '{}' CONSTRAINT organization_directory_users_teams CHECK (cardinality(teams) <= 500),
  provisioned boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  revision integer NOT NULL DEFAULT 1,
  PRIMARY KEY (organization_id, id)
);
COMMENT ON COLUMN organization_directory_users.user_id IS 'null: invited, and not come yet';
COMMENT ON COLUMN organization_directory_users.role IS 'for whom is invited, and of whom was deactivated: as they come back';
COMMENT ON COLUMN organization_directory_users.provisioned IS 'the account was made by this directory, and ends with it';
CREATE UNIQUE INDEX unique_directory_user_name ON organization_directory_users (organization_id, lower(user_name));
CREATE UNIQUE INDEX unique_directory_user ON organization_directory_users (organization_id, user_id)
  WHERE user_id IS NOT NULL;

CREATE TABLE organization_directory_groups (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  team_id uuid NOT NULL,
  external_id text CONSTRAINT organization_directory_groups_external CHECK (octet_length(external_id) <= 2000),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, team_id)
);
COMMENT ON TABLE organization_directory_groups IS 'what a directory calls teams; the teams themselves stand in the log';

DO $$
DECLARE
  made text;
BEGIN
  FOREACH made IN ARRAY ARRAY['selection_group_links', 'organization_directory_tokens', 'organization_directory_users',
                              'organization_directory_groups'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_accounts USING (true) WITH CHECK (true)',
                   made || '_accounts', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_migrator USING (true) WITH CHECK (true)',
                   made || '_migrator', made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sertantai_accounts', made);
  END LOOP;
END $$;
