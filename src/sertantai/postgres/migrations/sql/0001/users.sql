-- Runs as the owner of an already existing (foreign) users table, else as sertantai_migrator.
-- AshAuthentication's shape is taken as it is and only widened; nothing of it is renamed or dropped.
CREATE TABLE IF NOT EXISTS users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text,
  hashed_password text,
  confirmed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
  had_created_at boolean;
  stamp record;
BEGIN
  SELECT count(*) > 0 INTO had_created_at
    FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'created_at' AND NOT attisdropped;

  ALTER TABLE users ADD COLUMN IF NOT EXISTS email text;
  ALTER TABLE users ADD COLUMN IF NOT EXISTS hashed_password text;
  ALTER TABLE users ADD COLUMN IF NOT EXISTS confirmed_at timestamptz;
  ALTER TABLE users ADD COLUMN IF NOT EXISTS disabled_at timestamptz;
  ALTER TABLE users ADD COLUMN IF NOT EXISTS created_at timestamptz NOT NULL DEFAULT now();
  ALTER TABLE users ADD COLUMN IF NOT EXISTS updated_at timestamptz NOT NULL DEFAULT now();
  ALTER TABLE users ADD COLUMN IF NOT EXISTS metadata jsonb NOT NULL DEFAULT '{}';

  -- A role column that is already there keeps the values its owner gave it.
  IF NOT EXISTS (SELECT FROM pg_attribute
                  WHERE attrelid = 'users'::regclass AND attname = 'role' AND NOT attisdropped) THEN
    ALTER TABLE users ADD COLUMN role text NOT NULL DEFAULT 'user';
    ALTER TABLE users ADD CONSTRAINT users_role_known CHECK (role IN ('user', 'admin', 'guest'));
  END IF;

  -- Ecto writes its time stamps in the program; a row made here needs the database to do it.
  FOR stamp IN
    SELECT attname FROM pg_attribute
     WHERE attrelid = 'users'::regclass AND attname IN ('inserted_at', 'updated_at', 'created_at')
       AND attnotnull AND NOT atthasdef AND NOT attisdropped
  LOOP
    EXECUTE format('ALTER TABLE users ALTER COLUMN %I SET DEFAULT now()', stamp.attname);
  END LOOP;

  IF NOT had_created_at AND EXISTS (
       SELECT FROM pg_attribute
        WHERE attrelid = 'users'::regclass AND attname = 'inserted_at' AND NOT attisdropped) THEN
    UPDATE users SET created_at = coalesce(inserted_at, created_at);
  END IF;
END $$;

-- A guest has neither.
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
ALTER TABLE users ALTER COLUMN hashed_password DROP NOT NULL;

CREATE UNIQUE INDEX IF NOT EXISTS users_email_lower_key ON users (lower(email::text));

GRANT SELECT (id, email, role, confirmed_at, disabled_at, created_at, updated_at, metadata)
  ON users TO sertantai_app, sertantai_sync, sertantai_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO sertantai_accounts;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_own ON users FOR SELECT TO sertantai_app
  USING (id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY users_accounts ON users TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY users_readers ON users FOR SELECT TO sertantai_sync, sertantai_auditor USING (true);
CREATE POLICY users_migrator ON users TO sertantai_migrator USING (true) WITH CHECK (true);

-- The program that made a foreign table goes on using it: its role sees what it saw before.
DO $$
DECLARE
  owner name := (SELECT relowner::regrole FROM pg_class WHERE oid = 'users'::regclass);
BEGIN
  IF owner <> 'sertantai_migrator' THEN
    GRANT SELECT, REFERENCES, TRIGGER ON users TO sertantai_migrator;
    EXECUTE format('CREATE POLICY users_owner ON users TO %s USING (true) WITH CHECK (true)', owner);
  END IF;
END $$;
