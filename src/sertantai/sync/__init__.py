"""The log into PostgreSQL, exactly once."""
