"""A journal that servers share, in PostgreSQL: each shard of it is written by whoever claimed it last."""
