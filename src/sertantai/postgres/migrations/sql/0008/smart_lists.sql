-- Whenever the register changes, all lists with a filter are looked at; they are few among all lists.
CREATE INDEX idx_smart_lists ON user_selection_groups (user_id, id) WHERE metadata ? 'filter';
