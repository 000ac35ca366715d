-- From where the histories of owners go on of which the beginning was dropped, and hashes over what each list held there
-- and over the last entries that went: within the transaction that moves them on, and whenever they are compared.
CREATE FUNCTION sertantai_cuts(owners uuid[])
RETURNS TABLE (user_id uuid, "position" bigint, reaches_back_to timestamptz, lists text, floors text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.user_id, b.position, b.reaches_back_to,
         (SELECT encode(sha256(string_agg(uuid_send(h.group_id) || int4send(h.record_no), ''::bytea
                                          ORDER BY h.group_id, h.record_no)), 'hex')
            FROM audit_baseline h WHERE h.user_id = k.user_id),
         (SELECT encode(sha256(string_agg(uuid_send(f.group_id) || int8send(f.number) || f.head, ''::bytea
                                          ORDER BY f.group_id)), 'hex')
            FROM audit_chain_floors f WHERE f.user_id = k.user_id)
    FROM (SELECT o.user_id FROM audit_baseline_owners o UNION SELECT h.user_id FROM audit_baseline h
          UNION SELECT f.user_id FROM audit_chain_floors f) AS k
    LEFT JOIN audit_baseline_owners b ON b.user_id = k.user_id
   WHERE owners IS NULL OR k.user_id = ANY (owners) ORDER BY k.user_id
$$;
REVOKE EXECUTE ON FUNCTION sertantai_cuts(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sertantai_cuts(uuid[]) TO sertantai_sync, sertantai_auditor;
