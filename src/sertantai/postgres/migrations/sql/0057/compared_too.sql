-- Where secrets of links lead is held against what the sealed log was told, as everything else is. A hash of so many
-- random bits says nothing of the secret.
CREATE POLICY selection_group_links_auditor ON selection_group_links FOR SELECT TO sertantai_auditor USING (true);
GRANT SELECT (id, user_id, group_id, token_hash) ON selection_group_links TO sertantai_auditor;

-- A first list is as old as its account, of which the log is told when it was made.
CREATE OR REPLACE FUNCTION sertantai_make_default_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO user_selection_groups (user_id, name, is_default, created_at)
  VALUES (NEW.id, 'default', true, NEW.created_at) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
