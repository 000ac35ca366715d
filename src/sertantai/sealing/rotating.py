"""Other keys for the sealed log. The old one vouches for the next, as the log tells of it under a head of
that; where it is lost, or somebody else has it, a recovery key does, which the log told of before.
"""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sertantai.core.errors import Conflict, NotFound
from sertantai.core.sealing.entries import microseconds
from sertantai.core.sealing.notes import Key
from sertantai.core.sealing.recovery import SEED_BYTES, on_paper
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing import sql
from sertantai.sealing.keys import RecoveryKey, make_next_key, next_key, signer_in
from sertantai.sealing.log import keys_of, newest_log, origin_of
from sertantai.sealing.notices import Kind, Notices

MADE_AT_FIRST: Final = "sertantai audit keys recovery"


class NotAKey(NotFound):
    """What was named is no key of this log."""

    code = "not_a_key"


class NotTheRecoveryKey(Conflict):
    """What was typed is a recovery key, and not the one that the log told of last."""

    code = "not_the_recovery_key"


async def rotate(
    database: Database, data_path: Path, notices: Notices, compromised: datetime | None = None
) -> Key:
    """The key that signs once the log has told of it. Asked again before that, it is the same.
    ``compromised``: since when somebody else may have the one that signs now. Raises `DatabaseUnavailable`.
    """
    origin = origin_of(newest_log(data_path))
    key, old = make_next_key(data_path, origin), signer_in(data_path, origin).key
    body: dict[str, Any] = {"key": str(key), "vouched_for": str(old)}
    if compromised is not None:
        body["compromised"] = microseconds(compromised)
    async with database.transaction(Role.SYNC) as connection:
        if compromised is not None or not await connection.fetchval(sql.TELLS_OF_KEY, str(key)):
            await notices.tell(connection, Kind.KEY, body=body)
    return key


async def tell_compromised(
    database: Database, data_path: Path, notices: Notices, key: str, since: datetime
) -> None:
    """That somebody else may have a key that another one followed already. Raises `NotAKey`,
    `DatabaseUnavailable`."""
    if key not in map(str, keys_of(newest_log(data_path))):
        raise NotAKey(f"{key[:40]} is no key of this log: `sertantai audit keys show` prints them.")
    async with database.transaction(Role.SYNC) as connection:
        body = {"compromised": microseconds(since), "vouched_for": key}
        await notices.tell(connection, Kind.KEY, body=body)


async def make_recovery(database: Database, data_path: Path, notices: Notices) -> tuple[Key, str]:
    """A new one, and what is to be put on paper: nothing keeps it. The one before counts no more. Raises
    `DatabaseUnavailable`."""
    seed = secrets.token_bytes(SEED_BYTES)
    made = RecoveryKey(origin_of(newest_log(data_path)), seed)
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.KEY, body={"recovery": str(made.key)})
    return made.key, on_paper(seed)


async def vouch(database: Database, data_path: Path, notices: Notices, seed: bytes) -> Key:
    """Have the recovery key vouch for the key that signs next, or else for the one that signs now; which it
    is. Raises `NotTheRecoveryKey`, `DatabaseUnavailable`."""
    origin = origin_of(newest_log(data_path))
    async with database.transaction(Role.SYNC) as connection:
        told = await connection.fetchval(sql.RECOVERY_TOLD)
        if told is None:
            raise NotTheRecoveryKey(
                f"The log told of no recovery key. `{MADE_AT_FIRST}` makes one for the next time."
            )
        recovery = RecoveryKey(str(told).partition("+")[0].removesuffix("/recovery"), seed)
        if str(recovery.key) != told:
            raise NotTheRecoveryKey("This is not the recovery key that the log told of last.")
        key = next_key(data_path, origin) or signer_in(data_path, origin).key
        body = {"key": str(key), "signature": recovery.vouch(key), "vouched_for": str(recovery.key)}
        await notices.tell(connection, Kind.KEY, body=body)
    return key
