CREATE TABLE user_one_time_links (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose text NOT NULL CONSTRAINT user_one_time_links_purpose_known
    CHECK (purpose IN ('reset-password', 'confirm-email')),
  email text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
COMMENT ON COLUMN user_one_time_links.email IS 'where it was sent; of no use once the user has another address';
CREATE INDEX idx_user_one_time_links_user_id ON user_one_time_links (user_id, created_at);
CREATE INDEX idx_user_one_time_links_expires_at ON user_one_time_links (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON user_one_time_links TO sertantai_accounts;

ALTER TABLE user_one_time_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_one_time_links FORCE ROW LEVEL SECURITY;
CREATE POLICY user_one_time_links_accounts ON user_one_time_links TO sertantai_accounts
  USING (true) WITH CHECK (true);
CREATE POLICY user_one_time_links_migrator ON user_one_time_links TO sertantai_migrator
  USING (true) WITH CHECK (true);
