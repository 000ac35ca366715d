-- Since when security events are kept: what is told to the sealed log with those that went.
CREATE FUNCTION sertantai_security_events_kept_since() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT moment - make_interval(days => (SELECT p.keep_days FROM sertantai_policies_at(moment) p
                                          WHERE p.class = 'security_events'))
    FROM sertantai_settled_now() AS moment
$$;
REVOKE EXECUTE ON FUNCTION sertantai_security_events_kept_since() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_security_events_kept_since() TO sertantai_accounts;
