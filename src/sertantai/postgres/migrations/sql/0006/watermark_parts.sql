-- An operation too large for one transaction is written in parts. How many are here must be known exactly: a
-- standby that takes over may lack the newest of them, and a yes or no could not tell.
ALTER TABLE sync_watermarks ADD COLUMN parts integer NOT NULL DEFAULT 0 CHECK (parts >= 0);
UPDATE sync_watermarks SET parts = 1 WHERE partial;
ALTER TABLE sync_watermarks DROP COLUMN partial;
COMMENT ON COLUMN sync_watermarks.parts IS
  'so many parts of the operation after position are written too';
