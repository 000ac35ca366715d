-- How far each journal has been written here; moved in the same transaction as the rows it describes.
CREATE TABLE sync_watermarks (
  journal_id uuid PRIMARY KEY,
  position bigint NOT NULL CHECK (position >= 0),
  partial boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN sync_watermarks.partial IS
  'some operations after position are written too: single owners were flushed ahead of the rest';

-- Operations PostgreSQL refused for good, kept whole until somebody retries or drops them.
CREATE TABLE sync_rejections (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  journal_id uuid NOT NULL,
  position bigint NOT NULL,
  operation_id uuid,
  user_id uuid,
  operation jsonb,
  payload bytea,
  reason text NOT NULL,
  code text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolution text,
  CONSTRAINT sync_rejections_once UNIQUE (journal_id, position)
);
CREATE INDEX idx_sync_rejections_open ON sync_rejections (created_at) WHERE resolved_at IS NULL;

GRANT SELECT ON sync_watermarks TO sertantai_app, sertantai_auditor;
GRANT SELECT ON sync_rejections TO sertantai_auditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_watermarks TO sertantai_sync;
GRANT SELECT, INSERT, UPDATE ON sync_rejections TO sertantai_sync;
