-- The one thing of a person's that the application writes itself: row security holds for writing too.
CREATE TABLE saved_views (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  id uuid NOT NULL,
  name text NOT NULL CONSTRAINT saved_views_name_length CHECK (length(name) BETWEEN 1 AND 100),
  query text NOT NULL CONSTRAINT saved_views_query_length CHECK (length(query) <= 20000),
  columns text CONSTRAINT saved_views_columns_length CHECK (length(columns) <= 1000),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, id),
  CONSTRAINT unique_user_view_name UNIQUE (user_id, name)
);
COMMENT ON COLUMN saved_views.query IS 'the query of /records: filter, order and page size';
COMMENT ON COLUMN saved_views.columns IS 'which columns the table shows, in which order, how wide; NULL: as they are';

GRANT SELECT, INSERT, UPDATE, DELETE ON saved_views TO sertantai_app;

ALTER TABLE saved_views ENABLE ROW LEVEL SECURITY;
ALTER TABLE saved_views FORCE ROW LEVEL SECURITY;
CREATE POLICY saved_views_own ON saved_views TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid)
  WITH CHECK (user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid);
CREATE POLICY saved_views_migrator ON saved_views TO sertantai_migrator USING (true) WITH CHECK (true);
