CREATE TABLE user_api_tokens (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT user_api_tokens_name_length CHECK (length(name) BETWEEN 1 AND 100),
  token_hash bytea NOT NULL UNIQUE,
  shown_part text NOT NULL,
  scopes text[] NOT NULL CONSTRAINT user_api_tokens_scopes_known
    CHECK (scopes <@ ARRAY['read', 'select', 'admin'] AND cardinality(scopes) > 0),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  last_used_ip inet,
  revoked_at timestamptz
);
COMMENT ON COLUMN user_api_tokens.shown_part IS 'its first characters, by which its owner tells it from others';
CREATE INDEX idx_user_api_tokens_user_id ON user_api_tokens (user_id);

GRANT SELECT (id, user_id, name, shown_part, scopes, created_at, expires_at, last_used_at, last_used_ip, revoked_at)
  ON user_api_tokens TO sertantai_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_api_tokens TO sertantai_accounts;

ALTER TABLE user_api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY user_api_tokens_own ON user_api_tokens FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY user_api_tokens_accounts ON user_api_tokens TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY user_api_tokens_migrator ON user_api_tokens TO sertantai_migrator USING (true) WITH CHECK (true);
