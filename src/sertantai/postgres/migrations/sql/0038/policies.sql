-- For how long things are kept: by the installation, by an organization, of one action; the most specific counts.
ALTER TABLE retention_policies DROP CONSTRAINT retention_policies_pkey;
ALTER TABLE retention_policies
  ALTER organization_id DROP NOT NULL, ALTER set_by DROP NOT NULL, ALTER keep_months DROP NOT NULL,
  ADD COLUMN action text, ADD COLUMN keep_days integer, ADD COLUMN reason text NOT NULL DEFAULT '',
  DROP CONSTRAINT retention_policies_class_known, DROP CONSTRAINT retention_policies_months,
  ADD CONSTRAINT retention_policies_class_known CHECK (
    class IN ('deeds', 'origins', 'guest_deeds', 'security_events', 'rejections')),
  ADD CONSTRAINT retention_policies_of_an_organization CHECK (
    organization_id IS NULL OR class IN ('deeds', 'origins')),
  ADD CONSTRAINT retention_policies_of_an_action CHECK (action IS NULL OR class = 'deeds'),
  ADD CONSTRAINT retention_policies_months CHECK (keep_months IS NULL OR keep_days IS NULL AND (
    keep_months BETWEEN CASE WHEN organization_id IS NOT NULL AND class = 'deeds' THEN 12 ELSE 1 END AND 1200
    OR keep_months = 0 AND class = 'deeds' AND organization_id IS NOT NULL AND action IS NULL)),
  ADD CONSTRAINT retention_policies_days CHECK (
    keep_days IS NULL OR class = 'security_events' AND keep_days BETWEEN 30 AND 36600),
  ADD CONSTRAINT retention_policies_units CHECK (class <> 'security_events' OR keep_months IS NULL);
CREATE UNIQUE INDEX idx_retention_policies ON retention_policies (class, organization_id, action, in_force_from)
  NULLS NOT DISTINCT;
COMMENT ON COLUMN retention_policies.organization_id IS 'null: the installation''s';
COMMENT ON COLUMN retention_policies.action IS 'a word of the trail, of whose rows alone it speaks; null: of all';
COMMENT ON COLUMN retention_policies.keep_months IS
  'whole months beside the current one; null, and no days: for ever; 0, of an organization: as the site''s';
COMMENT ON COLUMN retention_policies.class IS
  'deeds: the trail; origins: from where in it; guest_deeds: the trail of guests; the others are tables';

ALTER TABLE retention_notices DROP CONSTRAINT retention_notices_pkey;
ALTER TABLE retention_notices ALTER organization_id DROP NOT NULL, ADD COLUMN action text;
CREATE UNIQUE INDEX idx_retention_notices ON retention_notices (class, organization_id, action, in_force_from)
  NULLS NOT DISTINCT;

-- The synchroniser writes what an organization's log says, and nothing else. That somebody was told is noted when it is.
DROP POLICY retention_policies_sync ON retention_policies;
CREATE POLICY retention_policies_sync ON retention_policies FOR SELECT TO sertantai_sync USING (true);
CREATE POLICY retention_policies_of_logs ON retention_policies TO sertantai_sync
  USING (class = 'deeds' AND organization_id IS NOT NULL AND action IS NULL)
  WITH CHECK (class = 'deeds' AND organization_id IS NOT NULL AND action IS NULL);
GRANT EXECUTE ON FUNCTION sertantai_settled_now() TO sertantai_accounts;
DROP POLICY retention_notices_accounts ON retention_notices;
CREATE POLICY retention_notices_accounts ON retention_notices FOR SELECT TO sertantai_accounts USING (true);
CREATE POLICY retention_notices_told ON retention_notices FOR INSERT TO sertantai_accounts
  WITH CHECK (told_at >= sertantai_settled_now() - interval '1 hour');

-- What counts at a moment: a longer period at once, a shorter one once it was told of for 14 days. Of whatever waits to be
-- told of, it is told now. Where none counts, the less specific does; but of an organization's own, which its log has in
-- force, nothing is lost meanwhile.
CREATE FUNCTION sertantai_policies_at(moment timestamptz)
RETURNS TABLE (class text, organization_id uuid, action text, keep_months integer, keep_days integer)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT DISTINCT ON (p.class, p.organization_id, p.action) p.class, p.organization_id, p.action,
         CASE WHEN p.counts THEN p.keep_months END, CASE WHEN p.counts THEN p.keep_days END
    FROM (SELECT r.*, r.in_force_from <= r.set_at OR (r.in_force_from <= moment
                      AND coalesce(n.told_at, sertantai_settled_now()) <= moment - interval '14 days') AS counts
            FROM retention_policies r LEFT JOIN retention_notices n
              ON n.class = r.class AND n.in_force_from = r.in_force_from
             AND n.organization_id IS NOT DISTINCT FROM r.organization_id AND n.action IS NOT DISTINCT FROM r.action) p
   WHERE p.counts OR p.class = 'deeds' AND p.organization_id IS NOT NULL AND p.action IS NULL
   ORDER BY p.class, p.organization_id, p.action, p.counts DESC, p.in_force_from DESC
$$;
REVOKE EXECUTE ON FUNCTION sertantai_policies_at(timestamptz) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sertantai_own_periods() RETURNS TABLE (owner uuid, keep_months integer)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT organization_id, coalesce(keep_months, 1200) FROM sertantai_policies_at(sertantai_settled_now())
   WHERE class = 'deeds' AND organization_id IS NOT NULL AND action IS NULL
$$;

-- What counts now, in one value: that it is the same under the lock as it was when a month was copied.
CREATE FUNCTION sertantai_policies_digest() RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(md5(string_agg(p::text, ';' ORDER BY p::text)), '')
    FROM sertantai_policies_at(sertantai_settled_now()) p
$$;
REVOKE EXECUTE ON FUNCTION sertantai_policies_digest() FROM PUBLIC;

-- Sets a period; returns from when on it is in force, null where it was asked for before. A shorter one than what counts
-- now waits 14 days. The first word of what was always a setting is in force at once; of a class that is new, where there
-- is anything already, it waits, too. What an organization keeps of its deeds its own log says.
CREATE FUNCTION sertantai_set_policy(wanted text, organization uuid, of_action text, months integer, days integer, by uuid,
                                     why text) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  settled timestamptz := sertantai_settled_now();
  asked record;
  counts record;
  is_known boolean;
  is_shorter boolean;
BEGIN
  IF wanted = 'deeds' AND organization IS NOT NULL AND of_action IS NULL THEN
    RAISE EXCEPTION 'an organization''s own log says for how long its trail is kept'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM sertantai_lock_months();
  SELECT * INTO asked FROM retention_policies p
   WHERE p.class = wanted AND p.organization_id IS NOT DISTINCT FROM organization
     AND p.action IS NOT DISTINCT FROM of_action
   ORDER BY p.set_at DESC, p.in_force_from DESC LIMIT 1;
  IF FOUND AND asked.keep_months IS NOT DISTINCT FROM months AND asked.keep_days IS NOT DISTINCT FROM days THEN
    RETURN NULL;
  END IF;
  -- The most specific of those that count where this one would.
  SELECT * INTO counts FROM sertantai_policies_at(settled) p
   WHERE p.class = wanted AND (p.organization_id IS NULL OR p.organization_id = organization)
     AND (p.action IS NULL OR p.action = of_action)
     AND NOT (p.organization_id IS NOT NULL AND p.action IS NULL AND coalesce(p.keep_months, 1) = 0)
   ORDER BY p.organization_id IS NOT NULL DESC, p.action IS NOT NULL DESC LIMIT 1;
  is_known := FOUND;
  is_shorter := coalesce(months * 31, days) IS NOT NULL AND CASE
    WHEN is_known THEN coalesce(months * 31, days) < coalesce(counts.keep_months * 31, counts.keep_days, 99999)
    WHEN wanted IN ('deeds', 'security_events') THEN false
    ELSE EXISTS (SELECT FROM selection_audit_log) END;
  DELETE FROM retention_policies p
   WHERE p.class = wanted AND p.organization_id IS NOT DISTINCT FROM organization
     AND p.action IS NOT DISTINCT FROM of_action AND p.in_force_from > settled;
  INSERT INTO retention_policies (class, organization_id, action, keep_months, keep_days, in_force_from, set_at, set_by, reason)
  VALUES (wanted, organization, of_action, months, days,
          CASE WHEN is_shorter THEN settled + interval '14 days' ELSE settled END, settled, by, why)
  ON CONFLICT (class, organization_id, action, in_force_from) DO UPDATE
     SET keep_months = excluded.keep_months, keep_days = excluded.keep_days, set_by = excluded.set_by,
         reason = excluded.reason;
  RETURN CASE WHEN is_shorter THEN settled + interval '14 days' ELSE settled END;
END $$;
REVOKE EXECUTE ON FUNCTION sertantai_set_policy(text, uuid, text, integer, integer, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_set_policy(text, uuid, text, integer, integer, uuid, text) TO sertantai_sync;
