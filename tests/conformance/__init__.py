"""One suite for every `Journal`, and what only the one on SQLite must survive."""
