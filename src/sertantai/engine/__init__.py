"""One shard's lists: performed, made durable, folded, kept in memory, read again."""
