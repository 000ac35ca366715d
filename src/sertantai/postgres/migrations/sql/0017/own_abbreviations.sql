-- What somebody writes for a law, besides what everybody does. Read with each search of theirs that is not remembered.
CREATE TABLE own_abbreviations (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  abbreviation text NOT NULL CONSTRAINT own_abbreviations_length CHECK (length(abbreviation) BETWEEN 2 AND 60),
  key text NOT NULL CONSTRAINT own_abbreviations_key CHECK (key <> ''),
  laws text[] NOT NULL CONSTRAINT own_abbreviations_laws CHECK (cardinality(laws) BETWEEN 1 AND 20),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, id),
  CONSTRAINT unique_own_abbreviation UNIQUE (user_id, key)
);
COMMENT ON COLUMN own_abbreviations.key IS 'what all spellings of it have in common';
COMMENT ON COLUMN own_abbreviations.laws IS 'names of the register, such as UK_ukpga_1974_37; all of them are meant';

GRANT SELECT, INSERT, UPDATE, DELETE ON own_abbreviations TO sertantai_app;

ALTER TABLE own_abbreviations ENABLE ROW LEVEL SECURITY;
ALTER TABLE own_abbreviations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_abbreviations_own ON own_abbreviations TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid)
  WITH CHECK (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY own_abbreviations_migrator ON own_abbreviations TO sertantai_migrator USING (true) WITH CHECK (true);
