ALTER TABLE audit_leaves ADD COLUMN entries bytea;
COMMENT ON COLUMN audit_leaves.entries IS 'what the leaves are the hashes of, a line each; null: nobody is streamed to';
