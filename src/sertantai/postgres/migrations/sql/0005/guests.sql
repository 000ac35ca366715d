-- A guest is a user without an address. This says how long it is kept, and who signed in in its browser and
-- may say, once, which list its ticks go into. No foreign key to the user that the guest is: what became of
-- the ticks can be told when the guest is gone.
CREATE TABLE guests (
  id uuid PRIMARY KEY,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  claimed_by uuid REFERENCES users (id) ON DELETE SET NULL,
  claimed_at timestamptz,
  group_id uuid,
  decided_at timestamptz,
  settled_at timestamptz,
  picked integer,
  added integer,
  purged_at timestamptz,
  CONSTRAINT guests_settled_once_decided CHECK (settled_at IS NULL OR decided_at IS NOT NULL)
);
COMMENT ON COLUMN guests.group_id IS 'the list that was chosen; decided without one: the ticks were let go';
COMMENT ON COLUMN guests.added IS 'how many of the picked laws were not in that list before';
COMMENT ON COLUMN guests.purged_at IS 'since when there is no such user any more';
CREATE INDEX idx_guests_claimed_by ON guests (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX idx_guests_expires_at ON guests (expires_at) WHERE purged_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON guests TO sertantai_accounts;

ALTER TABLE guests ENABLE ROW LEVEL SECURITY;
ALTER TABLE guests FORCE ROW LEVEL SECURITY;
CREATE POLICY guests_accounts ON guests TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY guests_migrator ON guests TO sertantai_migrator USING (true) WITH CHECK (true);
