-- A copy of a data directory must not write beside the one that it was copied from.

ALTER TABLE sync_watermarks ADD COLUMN claim bigint NOT NULL DEFAULT 0 CHECK (claim >= 0), ADD COLUMN holder uuid;
COMMENT ON COLUMN sync_watermarks.claim IS
  'How often a server has claimed this journal; only the newest claim may write.';
COMMENT ON COLUMN sync_watermarks.holder IS 'The run of the server that holds the claim.';
