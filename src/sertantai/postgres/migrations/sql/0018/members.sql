-- An organization is an owner: a row in `users` without address and password, and one here with the same id. So keys,
-- the one order of an owner, and what is stored of lists are what they are. Members, teams and grants fold from the
-- organization's own log; these tables are written from it by the synchroniser, as the rows of lists are.
DELETE FROM organizations o WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = o.id);
ALTER TABLE organizations
  ADD CONSTRAINT organizations_principal_fkey FOREIGN KEY (id) REFERENCES users (id) ON DELETE CASCADE,
  ADD COLUMN founder_id uuid,
  ADD COLUMN offered_to uuid,
  ADD COLUMN ends_at timestamptz,
  ADD COLUMN position bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN organizations.founder_id IS 'becomes the first owner; of interest until there is one';
COMMENT ON COLUMN organizations.offered_to IS 'the member to whom ownership is offered';
COMMENT ON COLUMN organizations.ends_at IS 'when it ends, unless that is called off; it can only be read until then';

ALTER TABLE user_organization_memberships
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN suspended boolean NOT NULL DEFAULT false,
  ADD COLUMN position bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN user_organization_memberships.name IS 'what colleagues are shown';

-- Who leaves has no membership any more, so that no question can forget to ask whether somebody has left.
CREATE TABLE organization_former_members (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  joined_at timestamptz NOT NULL,
  left_at timestamptz NOT NULL,
  removed_by uuid,
  position bigint NOT NULL,
  PRIMARY KEY (organization_id, user_id, position)
);

CREATE TABLE organization_teams (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL CONSTRAINT organization_teams_name CHECK (name <> '' AND octet_length(name) <= 1000),
  PRIMARY KEY (organization_id, id)
);

CREATE TABLE organization_team_members (
  organization_id uuid NOT NULL,
  team_id uuid NOT NULL,
  user_id uuid NOT NULL,
  PRIMARY KEY (organization_id, team_id, user_id),
  FOREIGN KEY (organization_id, team_id) REFERENCES organization_teams (organization_id, id) ON DELETE CASCADE,
  -- Out of the organization is out of its teams.
  FOREIGN KEY (user_id, organization_id)
    REFERENCES user_organization_memberships (user_id, organization_id) ON DELETE CASCADE
);
CREATE INDEX idx_team_members_user_id ON organization_team_members (user_id, organization_id);

ALTER TABLE user_selection_groups
  ADD COLUMN restricted boolean NOT NULL DEFAULT false,
  ADD COLUMN made_by uuid;
COMMENT ON COLUMN user_selection_groups.restricted IS 'of an organization: only who is granted it sees it';

CREATE TABLE selection_group_grants (
  user_id uuid NOT NULL,
  group_id uuid NOT NULL,
  grantee_id uuid NOT NULL,
  level text NOT NULL
    CONSTRAINT selection_group_grants_level_known CHECK (level IN ('view', 'suggest', 'edit', 'manage')),
  granted_by uuid NOT NULL,
  granted_at timestamptz NOT NULL,
  ends_at timestamptz,
  position bigint NOT NULL,
  PRIMARY KEY (grantee_id, user_id, group_id),
  FOREIGN KEY (user_id, group_id) REFERENCES user_selection_groups (user_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN selection_group_grants.grantee_id IS 'a member or a team of the organization user_id';
CREATE INDEX idx_grants_of_list ON selection_group_grants (user_id, group_id);

-- Only the synchroniser writes memberships: what accounts does is a way to an operation.
REVOKE INSERT, UPDATE, DELETE ON user_organization_memberships FROM sertantai_accounts;
DROP POLICY memberships_accounts ON user_organization_memberships;
CREATE POLICY memberships_accounts ON user_organization_memberships FOR SELECT TO sertantai_accounts USING (true);
CREATE POLICY memberships_sync ON user_organization_memberships TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY organizations_sync ON organizations TO sertantai_sync USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON user_organization_memberships TO sertantai_sync;
GRANT SELECT, UPDATE ON organizations TO sertantai_sync;

DO $$
DECLARE
  made text;
BEGIN
  FOREACH made IN ARRAY ARRAY['organization_former_members', 'organization_teams', 'organization_team_members',
                              'selection_group_grants'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_sync USING (true) WITH CHECK (true)', made || '_sync', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_migrator USING (true) WITH CHECK (true)',
                   made || '_migrator', made);
    EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO sertantai_auditor USING (true)', made || '_auditor', made);
    EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO sertantai_accounts USING (true)', made || '_accounts', made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sertantai_sync', made);
    EXECUTE format('GRANT SELECT ON %I TO sertantai_auditor, sertantai_accounts', made);
  END LOOP;
END $$;

-- Nobody signs in as an organization, whichever way.
CREATE FUNCTION sertantai_refuse_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM organizations WHERE id = NEW.user_id) THEN
    RAISE EXCEPTION 'an organization cannot sign in' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_refuse_organization() FROM PUBLIC;
DO $$
DECLARE
  way text;
BEGIN
  FOREACH way IN ARRAY ARRAY['user_sessions', 'user_api_tokens', 'user_one_time_links', 'user_second_factors'] LOOP
    EXECUTE format('CREATE TRIGGER refuse_organization BEFORE INSERT OR UPDATE OF user_id ON %I '
                   'FOR EACH ROW EXECUTE FUNCTION sertantai_refuse_organization()', way);
  END LOOP;
END $$;
