"""Who somebody was at a time, and who made them so: told to the sealed log as it is changed.

An id says nothing of who it is, and an address can be looked up only as it is now. So what is told binds the
id to the address that it has at that time: as a commitment, which shows nobody the address, and which no
other address fits.
"""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sertantai.accounts import people_told_sql as sql
from sertantai.core.email_keys import email_key
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import UserId
from sertantai.core.sealing.entries import microseconds
from sertantai.postgres import Connection, Database, Role
from sertantai.process.logs import logger
from sertantai.sealing.blinds import Class
from sertantai.sealing.notices import Kind, Notices

log = logger(__name__)

ADDRESS: Final = "email"
FOUND_TOGETHER_MAX: Final = 500
"""People of before who are told of in one transaction."""
RETRY_S: Final = 5.0


class What(StrEnum):
    MADE = "made"
    CONFIRMED = "confirmed"
    """The address was shown to be theirs."""
    DISABLED = "disabled"
    ENABLED = "enabled"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    GONE = "gone"
    FOUND = "found"
    """As they were when the log began to tell of people, or when they were met."""


class Way(StrEnum):
    """By whom or by what it was done, where that is no account."""

    THEMSELVES = "themselves"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    """On the command line of the server."""
    DIRECTORY = "directory"
    PROVIDER = "provider"
    GUEST = "guest"
    TIME = "time"


class PeopleTold:
    def __init__(self, notices: Notices | None) -> None:
        """None: there is no log here; whoever is made or changed is told of as found."""
        self._notices = notices

    async def tell(
        self,
        connection: Connection,
        what: What,
        person: UserId,
        *,
        way: Way,
        by: UUID | None = None,
        email: str | None = None,
        role: str = "",
        made_at: datetime | None = None,
    ) -> None:
        """Part of the transaction that does it, once nothing in it can be refused any more. ``by``: an
        account, an organization whose directory did it, or a provider. ``made_at``: of an account that is
        made or found."""
        if self._notices is None:
            return
        body: dict[str, Any] = {"what": str(what), "way": str(way)}
        if role:
            body["role"] = role
        if made_at is not None:
            body["made_at"] = microseconds(made_at)
        if email is not None:
            address = email_key(email) or email
            body[ADDRESS] = await self._notices.committed(
                connection, Class.IDENTITY, person, ADDRESS, address
            )
        await self._notices.tell(connection, Kind.PERSON, subject=person, by=by, body=body)

    async def tell_of_all(self, database: Database) -> None:
        """As `tell_found`, once there is a database."""
        while True:
            try:
                if found := await self.tell_found(database):
                    log.info("people_told_of", people=found)
            except DatabaseUnavailable:
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def tell_found(self, database: Database) -> int:
        """Of people about whom nothing was told yet, who they are now; returns how many there were."""
        told = 0
        while True:
            async with database.transaction(Role.ACCOUNTS) as connection:
                rows = await connection.fetch(sql.UNTOLD, FOUND_TOGETHER_MAX)
                for row in rows:
                    said = {name: row[name] for name in ("email", "role", "made_at")}
                    await self.tell(connection, What.FOUND, UserId(row["id"]), way=Way.TIME, **said)
            told += len(rows)
            if len(rows) < FOUND_TOGETHER_MAX:
                return told
