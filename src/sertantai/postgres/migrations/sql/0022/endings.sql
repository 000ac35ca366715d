-- Of which end the owners of an organization were told, how many days before.
CREATE TABLE organization_end_notices (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  ends_at timestamptz NOT NULL,
  days integer NOT NULL CONSTRAINT organization_end_notices_days CHECK (days BETWEEN 1 AND 30),
  told_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, ends_at, days)
);
COMMENT ON TABLE organization_end_notices IS 'once for each end: one that was called off and asked for again is another';
ALTER TABLE organization_end_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_end_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY organization_end_notices_accounts ON organization_end_notices TO sertantai_accounts
  USING (true) WITH CHECK (true);
CREATE POLICY organization_end_notices_migrator ON organization_end_notices TO sertantai_migrator
  USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON organization_end_notices TO sertantai_accounts;

CREATE INDEX idx_organizations_that_end ON organizations (ends_at, id) WHERE ends_at IS NOT NULL;

-- A membership ends in the organization's own log (`sertantai users` and the pages see to it): one that only its row
-- lost would come back from there, and an organization could be left without an owner.
CREATE FUNCTION sertantai_refuse_members_end() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM user_organization_memberships WHERE user_id = OLD.id) THEN
    RAISE EXCEPTION 'a member of an organization cannot be deleted: end the memberships first'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_refuse_members_end() FROM PUBLIC;
CREATE TRIGGER sertantai_refuse_members_end BEFORE DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION sertantai_refuse_members_end();
