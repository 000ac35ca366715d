-- Holds links that are as good as passwords: only accounts may read it, and a text goes once it is sent.
CREATE TABLE mail_outbox (
  id uuid PRIMARY KEY,
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  recipient text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL,
  next_attempt_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  last_error text
);
COMMENT ON COLUMN mail_outbox.next_attempt_at IS 'null: sent, given up, or kept for administrators to read';
CREATE INDEX idx_mail_outbox_next_attempt_at ON mail_outbox (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX idx_mail_outbox_created_at ON mail_outbox (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON mail_outbox TO sertantai_accounts;

ALTER TABLE mail_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE mail_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY mail_outbox_accounts ON mail_outbox TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY mail_outbox_migrator ON mail_outbox TO sertantai_migrator USING (true) WITH CHECK (true);
