-- The shared journal. Each shard is one order of operations, and is written by the holder of its epoch alone.
CREATE SCHEMA IF NOT EXISTS sertantai_journal;

CREATE TABLE IF NOT EXISTS sertantai_journal.shards (
  shard integer PRIMARY KEY,
  journal_id uuid NOT NULL,
  -- Raised by a restore: positions may stand for something else than they did.
  generation integer NOT NULL DEFAULT 1,
  run text NOT NULL,
  -- Only grows. Nothing is written under one that is not the newest.
  epoch bigint NOT NULL DEFAULT 0,
  holder uuid,
  last bigint NOT NULL DEFAULT 0,
  trimmed bigint NOT NULL DEFAULT 0,
  -- Of the newest batch, and of the newest that was trimmed.
  proof bytea NOT NULL,
  trimmed_proof bytea NOT NULL
) WITH (fillfactor = 30);

CREATE TABLE IF NOT EXISTS sertantai_journal.batches (
  shard integer NOT NULL REFERENCES sertantai_journal.shards,
  first bigint NOT NULL,
  last bigint NOT NULL CHECK (last >= first),
  epoch bigint NOT NULL,
  checksum bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (shard, first)
);

CREATE TABLE IF NOT EXISTS sertantai_journal.checkpoints (
  shard integer NOT NULL,
  owner uuid NOT NULL,
  position bigint NOT NULL,
  checksum bigint NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (shard, owner)
);

-- A large checkpoint, in parts that are named by what is in them.
CREATE TABLE IF NOT EXISTS sertantai_journal.checkpoint_parts (
  shard integer NOT NULL,
  owner uuid NOT NULL,
  name bytea NOT NULL,
  checksum bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (shard, owner, name)
);

-- They are packed already; and of what is not compressed the size is known without reading it.
ALTER TABLE sertantai_journal.batches ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE sertantai_journal.checkpoints ALTER COLUMN state SET STORAGE EXTERNAL;
ALTER TABLE sertantai_journal.checkpoint_parts ALTER COLUMN body SET STORAGE EXTERNAL;
