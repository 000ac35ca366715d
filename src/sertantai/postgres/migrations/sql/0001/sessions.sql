CREATE TABLE user_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token_hash bytea UNIQUE,
  kind text NOT NULL CONSTRAINT user_sessions_kind_known CHECK (kind IN ('cookie', 'bearer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  last_seen_at timestamptz,
  ip_address inet,
  user_agent text
);
COMMENT ON COLUMN user_sessions.token_hash IS 'of cookie sessions; the token itself is kept nowhere';
CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);
CREATE INDEX idx_user_sessions_expires_at ON user_sessions (expires_at);

GRANT SELECT (id, user_id, kind, created_at, expires_at, revoked_at, last_seen_at, ip_address, user_agent)
  ON user_sessions TO sertantai_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_sessions TO sertantai_accounts;

ALTER TABLE user_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY user_sessions_own ON user_sessions FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY user_sessions_accounts ON user_sessions TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY user_sessions_migrator ON user_sessions TO sertantai_migrator USING (true) WITH CHECK (true);
