CREATE TABLE user_selection_groups (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL CHECK (name <> '' AND octet_length(name) <= 1000),
  description text,
  is_default boolean NOT NULL DEFAULT false,
  metadata jsonb NOT NULL DEFAULT '{}',
  version bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, id),
  CONSTRAINT user_selection_groups_id_key UNIQUE (id),
  CONSTRAINT unique_user_group_name UNIQUE (user_id, name)
);
CREATE UNIQUE INDEX idx_default_group_per_user ON user_selection_groups (user_id) WHERE is_default;

CREATE TABLE user_record_selections (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  record_id uuid NOT NULL REFERENCES uk_lrt_records (id) ON DELETE CASCADE,
  record_no integer NOT NULL,
  selection_group text NOT NULL DEFAULT 'default',
  metadata jsonb NOT NULL DEFAULT '{}',
  source text NOT NULL DEFAULT 'hand',
  actor_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, id),
  -- In this order it also serves "everything of this user" and "everything in this user's group".
  CONSTRAINT unique_user_record_group UNIQUE (user_id, selection_group, record_id),
  CONSTRAINT user_record_selections_group_fkey FOREIGN KEY (user_id, selection_group)
    REFERENCES user_selection_groups (user_id, name) ON UPDATE CASCADE
);
COMMENT ON COLUMN user_record_selections.record_no IS
  'repeats uk_lrt_records.record_no, which never changes, so that loading a list needs no join';
CREATE INDEX idx_user_selections_record_id ON user_record_selections (record_id);
CREATE INDEX idx_user_selections_created_at ON user_record_selections (created_at);

-- Every user has a group `default`, whoever inserted the user.
CREATE FUNCTION sertantai_make_default_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO user_selection_groups (user_id, name, is_default)
  VALUES (NEW.id, 'default', true) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER sertantai_default_group AFTER INSERT ON users
  FOR EACH ROW EXECUTE FUNCTION sertantai_make_default_group();
INSERT INTO user_selection_groups (user_id, name, is_default) SELECT id, 'default', true FROM users;

GRANT SELECT ON user_selection_groups, user_record_selections TO sertantai_app, sertantai_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_selection_groups, user_record_selections TO sertantai_sync;

ALTER TABLE user_selection_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_selection_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY user_selection_groups_own ON user_selection_groups FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY user_selection_groups_sync ON user_selection_groups TO sertantai_sync
  USING (true) WITH CHECK (true);
CREATE POLICY user_selection_groups_auditor ON user_selection_groups FOR SELECT TO sertantai_auditor
  USING (true);
CREATE POLICY user_selection_groups_migrator ON user_selection_groups TO sertantai_migrator
  USING (true) WITH CHECK (true);

ALTER TABLE user_record_selections ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_record_selections FORCE ROW LEVEL SECURITY;
CREATE POLICY user_record_selections_own ON user_record_selections FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY user_record_selections_sync ON user_record_selections TO sertantai_sync
  USING (true) WITH CHECK (true);
CREATE POLICY user_record_selections_auditor ON user_record_selections FOR SELECT TO sertantai_auditor
  USING (true);
CREATE POLICY user_record_selections_migrator ON user_record_selections TO sertantai_migrator
  USING (true) WITH CHECK (true);
