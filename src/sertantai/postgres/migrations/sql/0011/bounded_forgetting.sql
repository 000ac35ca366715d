-- Removes at most so many rows at a time, so that nobody waits behind it; called until it returns 0.
CREATE OR REPLACE FUNCTION sertantai_forget_security_events(days_kept integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  removed integer;
BEGIN
  IF days_kept IS NULL OR days_kept < 30 THEN
    RAISE EXCEPTION 'days_kept must be 30 or more' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('sertantai.retention', 'security_events', true);
  DELETE FROM security_events WHERE id IN (
    SELECT id FROM security_events WHERE at < sertantai_settled_now() - make_interval(days => days_kept)
     ORDER BY at LIMIT 5000
  );
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM set_config('sertantai.retention', '', true);
  RETURN removed;
END $$;

-- Tokens long ended are looked for among all.
CREATE INDEX idx_user_api_tokens_ended ON user_api_tokens (least(expires_at, revoked_at));
