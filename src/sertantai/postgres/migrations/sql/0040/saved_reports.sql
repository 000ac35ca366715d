-- A question with its parameters under a name, and to whom its answer is sent, and when. The second thing of a
-- person's, beside saved views, that the application writes itself: row security holds for writing too.
CREATE TABLE saved_reports (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL CONSTRAINT saved_reports_name_length CHECK (length(name) BETWEEN 1 AND 100),
  question text NOT NULL CONSTRAINT saved_reports_question_length CHECK (length(question) BETWEEN 1 AND 40),
  query text NOT NULL CONSTRAINT saved_reports_query_length CHECK (length(query) <= 20000),
  schedule text NOT NULL DEFAULT ''
    CONSTRAINT saved_reports_schedule_known CHECK (schedule IN ('', 'daily', 'weekly', 'monthly', 'quarterly')),
  zone text NOT NULL DEFAULT 'UTC' CONSTRAINT saved_reports_zone_length CHECK (length(zone) BETWEEN 1 AND 64),
  recipients uuid[] NOT NULL DEFAULT '{}'
    CONSTRAINT saved_reports_recipients_bound CHECK (cardinality(recipients) <= 50),
  next_at timestamptz,
  sent_at timestamptz,
  last_error text NOT NULL DEFAULT '' CONSTRAINT saved_reports_error_length CHECK (length(last_error) <= 500),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, id),
  CONSTRAINT unique_user_report_name UNIQUE (user_id, name)
);
COMMENT ON COLUMN saved_reports.query IS 'the address of the report behind its question: whose trail, and its parameters';
COMMENT ON COLUMN saved_reports.recipients IS 'whether they may see it is asked when it is sent';
COMMENT ON COLUMN saved_reports.next_at IS 'when it is to be sent; NULL: it is not';
CREATE INDEX idx_saved_reports_next_at ON saved_reports (next_at) WHERE next_at IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON saved_reports TO sertantai_app;
GRANT SELECT, UPDATE ON saved_reports TO sertantai_accounts;

ALTER TABLE saved_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY saved_reports_own ON saved_reports TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid)
  WITH CHECK (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY saved_reports_accounts ON saved_reports TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY saved_reports_migrator ON saved_reports TO sertantai_migrator USING (true) WITH CHECK (true);
