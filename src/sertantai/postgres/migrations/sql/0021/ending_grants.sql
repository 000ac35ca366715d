CREATE INDEX idx_grants_ending ON selection_group_grants (ends_at) WHERE ends_at IS NOT NULL;
