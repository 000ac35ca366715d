-- That somebody has looked through a history for a time, in their words. It is sealed as a notice, which holds the note as a
-- commitment only; what can be read of it is here, and goes with whose history it is.
CREATE TABLE trail_reviews (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  group_id uuid,
  since date NOT NULL,
  until date NOT NULL,
  reviewed_at timestamptz NOT NULL,
  reviewed_by uuid NOT NULL,
  note text NOT NULL CONSTRAINT trail_reviews_note_length CHECK (length(note) <= 500),
  notice uuid NOT NULL,
  CONSTRAINT trail_reviews_in_order CHECK (since <= until)
);
COMMENT ON COLUMN trail_reviews.group_id IS 'null: of all lists, and of what was done to none';
COMMENT ON COLUMN trail_reviews.notice IS 'what was told of it to the sealed log';
CREATE INDEX idx_trail_reviews_of ON trail_reviews (user_id, reviewed_at, id);

-- Nobody changes one, and nobody takes one away.
GRANT SELECT ON trail_reviews TO sertantai_app, sertantai_auditor;
GRANT SELECT, INSERT ON trail_reviews TO sertantai_accounts;
ALTER TABLE trail_reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_reviews FORCE ROW LEVEL SECURITY;
CREATE POLICY trail_reviews_readable ON trail_reviews FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)));
CREATE POLICY trail_reviews_accounts ON trail_reviews TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY trail_reviews_auditor ON trail_reviews FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY trail_reviews_migrator ON trail_reviews TO sertantai_migrator USING (true) WITH CHECK (true);
