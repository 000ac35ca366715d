"""The statements about batches, and about what a journal says of itself."""

ABOUT = "SELECT key, value FROM about"
SAY = "INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)"
SAY_FIRST = "INSERT OR IGNORE INTO about (key, value) VALUES (?, ?)"
KEEP_BATCH = "INSERT OR REPLACE INTO batch (first, last, checksum, body) VALUES (?, ?, ?, ?)"
NEWEST = "SELECT first, last, checksum, substr(body, 1, 65) FROM batch ORDER BY first DESC LIMIT 1"
ENDING_AT = "SELECT first, last, checksum, substr(body, 1, 65) FROM batch WHERE last = ?"
SIZE = "SELECT coalesce(sum(length(body)), 0) FROM batch"
UP_TO = "SELECT coalesce(max(last), 0), coalesce(sum(length(body)), 0) FROM batch WHERE last <= ?"
IS_OVERWRITTEN = "SELECT 1 FROM about WHERE key = 'overwritten'"
FORGET_UP_TO = "DELETE FROM batch WHERE last <= ?"
FORGET_BEYOND = "DELETE FROM batch WHERE first > ?"
AFTER = """
  SELECT first, checksum, body FROM batch
  WHERE first > (SELECT coalesce(max(first), -1) FROM batch WHERE first <= ?) - 1 AND last > ? ORDER BY first
"""
