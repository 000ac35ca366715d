"""What is asked of a journal's file from outside; `sqlite.py` has the statements of its writer."""

ABOUT = "SELECT key, value FROM about"
HELD = "SELECT min(first), max(last), coalesce(sum(length(body)), 0) FROM batch"
CHECKPOINTS_COUNT = "SELECT count(*) FROM checkpoint"
BATCH_AFTER = "SELECT first, body FROM batch WHERE last > ? ORDER BY first LIMIT 1"
BATCHES = "SELECT first, last, checksum, body FROM batch ORDER BY first"
CHECKPOINTS = "SELECT owner, checksum, state FROM checkpoint"
