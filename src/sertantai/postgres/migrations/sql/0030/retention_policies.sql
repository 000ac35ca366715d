-- For how long an organization has its trail kept, as its own log says: the period in force, and one that waits to be.
-- The trail outlives its organization, and so does this.
CREATE TABLE retention_policies (
  organization_id uuid NOT NULL,
  class text NOT NULL CONSTRAINT retention_policies_class_known CHECK (class IN ('deeds')),
  keep_months integer NOT NULL
    CONSTRAINT retention_policies_months CHECK (keep_months = 0 OR keep_months BETWEEN 12 AND 1200),
  in_force_from timestamptz NOT NULL,
  set_at timestamptz NOT NULL,
  set_by uuid NOT NULL,
  PRIMARY KEY (organization_id, class, in_force_from)
);
COMMENT ON COLUMN retention_policies.class IS 'what is kept: deeds are the trail of lists';
COMMENT ON COLUMN retention_policies.keep_months IS 'whole months beside the current one; 0: as the site''s';
COMMENT ON COLUMN retention_policies.in_force_from IS 'later than set_at: it waits, until its owners were told long enough ago';

-- Of which shorter period the owners of an organization were told.
CREATE TABLE retention_notices (
  organization_id uuid NOT NULL,
  class text NOT NULL,
  in_force_from timestamptz NOT NULL,
  told_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, class, in_force_from)
);

ALTER TABLE retention_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY retention_policies_sync ON retention_policies TO sertantai_sync USING (true) WITH CHECK (true);
CREATE POLICY retention_policies_accounts ON retention_policies FOR SELECT TO sertantai_accounts USING (true);
CREATE POLICY retention_policies_auditor ON retention_policies FOR SELECT TO sertantai_auditor USING (true);
CREATE POLICY retention_policies_migrator ON retention_policies TO sertantai_migrator USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON retention_policies TO sertantai_sync;
GRANT SELECT ON retention_policies TO sertantai_accounts, sertantai_auditor;

ALTER TABLE retention_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY retention_notices_accounts ON retention_notices TO sertantai_accounts USING (true) WITH CHECK (true);
CREATE POLICY retention_notices_migrator ON retention_notices TO sertantai_migrator USING (true) WITH CHECK (true);
CREATE POLICY retention_notices_sync ON retention_notices FOR SELECT TO sertantai_sync USING (true);
CREATE POLICY retention_notices_auditor ON retention_notices FOR SELECT TO sertantai_auditor USING (true);
GRANT SELECT, INSERT ON retention_notices TO sertantai_accounts;
GRANT SELECT ON retention_notices TO sertantai_sync, sertantai_auditor;

-- The periods that count now: a longer one at once, a shorter one once it was told of for 14 days. Where none counts,
-- though some were set, nothing is lost meanwhile.
CREATE FUNCTION sertantai_own_periods() RETURNS TABLE (owner uuid, keep_months integer)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT p.organization_id,
         coalesce((array_agg(p.keep_months ORDER BY p.in_force_from DESC) FILTER (WHERE
           p.in_force_from <= p.set_at
           OR (p.in_force_from <= sertantai_settled_now() AND n.told_at <= sertantai_settled_now() - interval '14 days')
         ))[1], 1200)
    FROM retention_policies p LEFT JOIN retention_notices n USING (organization_id, class, in_force_from)
   WHERE p.class = 'deeds'
   GROUP BY p.organization_id
$$;
REVOKE EXECUTE ON FUNCTION sertantai_own_periods() FROM PUBLIC;
