"""Somebody says that they have looked through a history for a time: told to the sealed log, and kept."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sertantai.core.clock import Clock
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from sertantai.reporting import sql
from sertantai.sealing.blinds import Class
from sertantai.sealing.notices import Kind, Notices

NOTE_CHARACTERS_MAX: Final = 500
WHAT: Final = "trail"


class TrailReviews:
    """``notices`` None: there is no sealed log here that would be told."""

    def __init__(self, database: Database, clock: Clock, notices: Notices | None) -> None:
        self._database = database
        self._clock = clock
        self._notices = notices

    async def state(
        self,
        owner: OwnerId,
        group: GroupId | None,
        span: tuple[date, date],
        today: date,
        note: str,
        by: UserId,
    ) -> None:
        """``by`` has reviewed the trail of ``owner``, or of one list of theirs, from the first to the last
        day of ``span``; ``today``, where they are. Whether they may see it is known to whoever calls. Raises
        `InvalidInput`, and `DatabaseUnavailable`."""
        since, until = span
        if until < since:
            raise InvalidInput("until: it must not be before the first day.", field="until")
        if until > today:
            raise InvalidInput("until: what has not happened yet cannot be reviewed.", field="until")
        note = note.strip()
        if len(note) > NOTE_CHARACTERS_MAX:
            raise InvalidInput(f"note: at most {NOTE_CHARACTERS_MAX} characters.", field="note")
        subject: UUID = owner if group is None else group
        body: dict[str, Any] = {"since": since.isoformat(), "until": until.isoformat(), "what": WHAT}
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            notice = new_id()
            if (notices := self._notices) is not None:
                if note:
                    body["note"] = await notices.committed(connection, Class.CONTENT, owner, "note", note)
                notice = await notices.tell(connection, Kind.REVIEWED, subject=subject, by=by, body=body)
            await connection.execute(
                sql.KEEP_TRAIL_REVIEW,
                new_id(),
                owner,
                group,
                since,
                until,
                self._clock.now(),
                by,
                note,
                notice,
            )
