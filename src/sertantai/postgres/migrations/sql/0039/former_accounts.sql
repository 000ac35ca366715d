-- Whoever had an account and has none any more: an id that leads to nobody. The trail outlives its people; with this, who
-- never existed can be told from who is gone, also once all that they did in lists of their own was dropped.
CREATE TABLE former_accounts (
  user_id uuid PRIMARY KEY,
  made_at timestamptz,
  erased_at timestamptz
);
COMMENT ON COLUMN former_accounts.made_at IS 'when the account was made; null: it was gone before this was kept';
ALTER TABLE former_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE former_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY former_accounts_auditor ON former_accounts FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY former_accounts_migrator ON former_accounts TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT ON former_accounts TO sertantai_auditor;

CREATE FUNCTION sertantai_keep_former_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO former_accounts VALUES (OLD.id, OLD.created_at, now())
  ON CONFLICT (user_id) DO UPDATE SET erased_at = excluded.erased_at;
  RETURN OLD;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_keep_former_account() FROM PUBLIC;
CREATE TRIGGER sertantai_keep_former_account BEFORE DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION sertantai_keep_former_account();

-- Of those who went before: whoever left lists, and whoever worked in lists of somebody who is known.
INSERT INTO former_accounts (user_id, erased_at)
  SELECT user_id, max(erased_at) FROM erased_lists e
   WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = e.user_id) GROUP BY user_id;
INSERT INTO former_accounts (user_id)
  SELECT DISTINCT l.actor_id FROM selection_audit_log l
   WHERE l.actor_id <> l.user_id
     AND NOT EXISTS (SELECT FROM users u WHERE u.id = l.actor_id)
     AND (EXISTS (SELECT FROM users u WHERE u.id = l.user_id)
          OR EXISTS (SELECT FROM former_accounts f WHERE f.user_id = l.user_id))
ON CONFLICT DO NOTHING;
