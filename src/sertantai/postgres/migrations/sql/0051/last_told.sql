-- How far notices are numbered, for whoever seals them: a row may claim any number.
GRANT SELECT ON SEQUENCE audit_notices_told_seq TO sertantai_sync;
