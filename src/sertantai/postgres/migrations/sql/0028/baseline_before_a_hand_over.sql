-- What a list held where its trail begins: also of a list that was handed over with its history, to whoever looks back.
DROP POLICY audit_baseline_readable ON audit_baseline;
CREATE POLICY audit_baseline_readable ON audit_baseline FOR SELECT TO sertantai_app
  USING (user_id = nullif(current_setting('sertantai.owner_id', true), '')::uuid
         AND ((SELECT current_setting('sertantai.user_id', true) = current_setting('sertantai.owner_id', true))
              OR (SELECT sertantai_sees_all_lists()) OR group_id IN (SELECT r.id FROM sertantai_readable_lists() r)
              OR group_id IN (SELECT sertantai_lists_handed_over())));
