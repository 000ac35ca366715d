-- What an act left is asked for when it is told, and whenever the trail is held against the log.
CREATE INDEX idx_audit_opaque_notice ON audit_opaque (notice);
