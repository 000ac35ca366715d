-- How the people of an organization sign in with its own provider (OpenID Connect).
CREATE TABLE organization_providers (
  organization_id uuid PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
  issuer text NOT NULL CONSTRAINT organization_providers_issuer CHECK (octet_length(issuer) BETWEEN 1 AND 500),
  client_id text NOT NULL CONSTRAINT organization_providers_client CHECK (octet_length(client_id) BETWEEN 1 AND 500),
  client_secret text CONSTRAINT organization_providers_secret CHECK (octet_length(client_secret) BETWEEN 1 AND 4000),
  changed_by uuid NOT NULL,
  changed_at timestamptz NOT NULL
);
COMMENT ON COLUMN organization_providers.client_secret IS 'sealed with a key that is not in the database';

-- Who somebody of a provider is here. `provider`: the organization whose it is, or zeros: the site's.
CREATE TABLE user_identities (
  provider uuid NOT NULL,
  issuer text NOT NULL CONSTRAINT user_identities_issuer CHECK (octet_length(issuer) BETWEEN 1 AND 500),
  subject text NOT NULL CONSTRAINT user_identities_subject CHECK (octet_length(subject) BETWEEN 1 AND 1000),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  linked_at timestamptz NOT NULL,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (provider, issuer, subject)
);
CREATE INDEX idx_user_identities_user ON user_identities (user_id);

-- A sign-in that is on its way: good once, for one browser, for some minutes. What is secret is kept as hashes.
CREATE TABLE provider_sign_ins (
  token_hash bytea PRIMARY KEY CONSTRAINT provider_sign_ins_token CHECK (octet_length(token_hash) = 32),
  browser_hash bytea NOT NULL CONSTRAINT provider_sign_ins_browser CHECK (octet_length(browser_hash) = 32),
  provider uuid NOT NULL,
  issuer text NOT NULL CONSTRAINT provider_sign_ins_issuer CHECK (octet_length(issuer) BETWEEN 1 AND 500),
  wanted text NOT NULL CONSTRAINT provider_sign_ins_wanted CHECK (octet_length(wanted) <= 8000),
  subject text CONSTRAINT provider_sign_ins_subject CHECK (octet_length(subject) BETWEEN 1 AND 1000),
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  mails smallint NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL,
  CONSTRAINT provider_sign_ins_linking CHECK ((subject IS NULL) = (user_id IS NULL))
);
COMMENT ON COLUMN provider_sign_ins.user_id IS 'an account of before, which waits for its user to say that it may be linked';
CREATE INDEX idx_provider_sign_ins_expires ON provider_sign_ins (expires_at);

DO $$
DECLARE
  made text;
BEGIN
  FOREACH made IN ARRAY ARRAY['organization_providers', 'user_identities', 'provider_sign_ins'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_accounts USING (true) WITH CHECK (true)',
                   made || '_accounts', made);
    EXECUTE format('CREATE POLICY %I ON %I TO sertantai_migrator USING (true) WITH CHECK (true)',
                   made || '_migrator', made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO sertantai_accounts', made);
  END LOOP;
END $$;
