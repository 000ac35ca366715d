CREATE TABLE user_second_factors (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret text NOT NULL,
  created_at timestamptz NOT NULL,
  enabled_at timestamptz,
  last_step bigint NOT NULL DEFAULT 0
);
COMMENT ON COLUMN user_second_factors.enabled_at IS 'null while it is being set up and not asked for';
COMMENT ON COLUMN user_second_factors.last_step IS 'the time step of the last code used; none up to it is good again';

CREATE TABLE user_recovery_codes (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON user_second_factors, user_recovery_codes TO sertantai_accounts;

ALTER TABLE user_second_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_second_factors FORCE ROW LEVEL SECURITY;
CREATE POLICY user_second_factors_accounts ON user_second_factors TO sertantai_accounts
  USING (true) WITH CHECK (true);
CREATE POLICY user_second_factors_migrator ON user_second_factors TO sertantai_migrator
  USING (true) WITH CHECK (true);

ALTER TABLE user_recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY user_recovery_codes_accounts ON user_recovery_codes TO sertantai_accounts
  USING (true) WITH CHECK (true);
CREATE POLICY user_recovery_codes_migrator ON user_recovery_codes TO sertantai_migrator
  USING (true) WITH CHECK (true);
