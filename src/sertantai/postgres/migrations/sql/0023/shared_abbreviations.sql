-- An organization has abbreviations too, as rows of its own: every member reads them, and the application lets those
-- write who may change its settings.
CREATE FUNCTION sertantai_is_member() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM user_organization_memberships m
                  WHERE m.user_id = nullif(current_setting('sertantai.user_id', true), '')::uuid
                    AND m.organization_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
                    AND NOT m.suspended)
$$;
REVOKE EXECUTE ON FUNCTION sertantai_is_member() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_is_member() TO sertantai_app;

DROP POLICY own_abbreviations_own ON own_abbreviations;
CREATE POLICY own_abbreviations_own ON own_abbreviations TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_is_member())));
