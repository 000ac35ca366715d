"""The statements of this room, but for migrations."""

# For this transaction only (the third argument); gone with its end, whatever the end is.
SET_CLAIMS = """
SELECT set_config('role', $1, true), set_config('sertantai.user_id', $2, true),
       set_config('sertantai.owner_id', $3, true)
"""
PING = "SELECT 1"

# The embedded server's first start, as its superuser.
DATABASE_EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'sertantai')"
CREATE_DATABASE = "CREATE DATABASE sertantai OWNER sertantai_migration"

# By which time old rows are destroyed.
SETTLED_TIME = "SELECT settled_at, ahead_s, waited_s FROM settled_time FOR UPDATE"
MOVE_SETTLED_TIME = "UPDATE settled_time SET settled_at = $1, ahead_s = $2, waited_s = $3"
