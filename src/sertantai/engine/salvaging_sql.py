"""What is asked before lost operations are done again."""

PEOPLE = "SELECT id FROM users WHERE id = ANY($1::uuid[])"
WATERMARK = "SELECT max(position) FROM sync_watermarks WHERE journal_id = $1"
