-- The journal's file. A row of `batch` is one group commit: the entries that shared one fsync.
CREATE TABLE IF NOT EXISTS about (
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS batch (
  first INTEGER PRIMARY KEY,
  last INTEGER NOT NULL CHECK (last >= first),
  checksum INTEGER NOT NULL,
  body BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS checkpoint (
  owner BLOB PRIMARY KEY,
  position INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  state BLOB NOT NULL
) WITHOUT ROWID;

-- A large checkpoint, in parts that are named by what is in them.
CREATE TABLE IF NOT EXISTS checkpoint_part (
  owner BLOB NOT NULL,
  name BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (owner, name)
);
