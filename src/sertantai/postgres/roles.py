"""The database roles: what each part of the program may do is decided by PostgreSQL, not by good will."""

from enum import StrEnum


class Role(StrEnum):
    """Nobody logs in as one of these; a connection takes one on for a transaction."""

    APP = "sertantai_app"
    """Reads the register, and of what people own only the rows of the user whose id is set. It writes
    nothing but that user's saved views."""
    SYNC = "sertantai_sync"
    """The synchroniser: writes lists, groups and watermarks; adds to the trail, cannot read or change it."""
    ACCOUNTS = "sertantai_accounts"
    """Users, sessions, organizations and memberships."""
    REGISTER = "sertantai_register"
    """Inserts into and updates the register; nobody deletes from it."""
    AUDITOR = "sertantai_auditor"
    """Reads everything but passwords and tokens; changes nothing."""
    MIGRATOR = "sertantai_migrator"
    """Owns the tables; only migrations take it on."""
