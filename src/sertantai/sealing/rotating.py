"""Another key for the sealed log: the old one vouches for it, as the log tells of it under a head of that."""

from pathlib import Path

from sertantai.core.sealing.notes import Key
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.sealing import sql
from sertantai.sealing.keys import make_next_key, signer_in
from sertantai.sealing.log import newest_log, origin_of
from sertantai.sealing.notices import Kind, Notices


async def rotate(database: Database, data_path: Path, notices: Notices) -> Key:
    """The key that signs once the log has told of it. Asked again before that, it is the same. Raises
    `DatabaseUnavailable`."""
    origin = origin_of(newest_log(data_path))
    key, old = make_next_key(data_path, origin), signer_in(data_path, origin).key
    async with database.transaction(Role.SYNC) as connection:
        if not await connection.fetchval(sql.TELLS_OF_KEY, str(key)):
            body = {"key": str(key), "vouched_for": str(old)}
            await notices.tell(connection, Kind.KEY, body=body)
    return key
