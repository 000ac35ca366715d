-- Ways into an organization, and no right: whoever accepts is admitted by an operation of its log, or is not.
CREATE TABLE organization_invitations (
  organization_id uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  email text CONSTRAINT organization_invitations_email_length CHECK (octet_length(email) BETWEEN 1 AND 2000),
  email_key text CONSTRAINT organization_invitations_key_length CHECK (octet_length(email_key) BETWEEN 1 AND 2000),
  domains text[] NOT NULL DEFAULT '{}'
    CONSTRAINT organization_invitations_domains CHECK (cardinality(domains) <= 20),
  role text NOT NULL CONSTRAINT organization_invitations_role_known CHECK (role IN ('admin', 'member', 'viewer')),
  teams uuid[] NOT NULL DEFAULT '{}' CONSTRAINT organization_invitations_teams CHECK (cardinality(teams) <= 50),
  token_hash bytea NOT NULL UNIQUE CONSTRAINT organization_invitations_hash CHECK (octet_length(token_hash) = 32),
  uses_max integer NOT NULL CONSTRAINT organization_invitations_uses_max CHECK (uses_max BETWEEN 1 AND 1000),
  used integer NOT NULL DEFAULT 0 CONSTRAINT organization_invitations_used CHECK (used BETWEEN 0 AND uses_max),
  sends integer NOT NULL DEFAULT 0,
  invited_by uuid NOT NULL,
  invited_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT organization_invitations_by_mail CHECK ((email IS NULL) = (email_key IS NULL)),
  CONSTRAINT organization_invitations_once CHECK (email IS NULL OR uses_max = 1)
);
COMMENT ON TABLE organization_invitations IS 'by e-mail to one address, or (email null) by a link to several people';
COMMENT ON COLUMN organization_invitations.invited_at IS 'when its secret was made; a new one ends the one before';
COMMENT ON COLUMN organization_invitations.invited_by IS 'a member, or the organization itself: its operator';
-- One address is invited once at a time: to invite it again makes another secret.
CREATE UNIQUE INDEX unique_open_invitation ON organization_invitations (organization_id, email_key)
  WHERE email_key IS NOT NULL AND revoked_at IS NULL AND used = 0;

-- What the operator asks for while a server runs, which alone writes the journal.
CREATE TABLE organization_requests (
  id uuid PRIMARY KEY,
  asked_at timestamptz NOT NULL,
  work jsonb NOT NULL,
  taken_at timestamptz,
  done_at timestamptz,
  answer jsonb
);

ALTER TABLE mail_outbox ADD COLUMN html text NOT NULL DEFAULT '';
COMMENT ON COLUMN mail_outbox.html IS 'the same, for programs that show it; may be empty';

DO $$
DECLARE
  made text;
BEGIN
  FOREACH made IN ARRAY ARRAY['organization_invitations', 'organization_requests'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_accounts USING (true) WITH CHECK (true)',
                   made || '_accounts', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_migrator USING (true) WITH CHECK (true)',
                   made || '_migrator', made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sertantai_accounts', made);
  END LOOP;
END $$;
