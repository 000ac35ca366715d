"""Why somebody did what the log is told of: told as a commitment, which the reason in its table is held
against."""

from typing import Final
from uuid import UUID

from sertantai.postgres import Connection
from sertantai.sealing.blinds import Class
from sertantai.sealing.notices import Notices

REASON: Final = "reason"
POLICIES: Final = UUID(int=0)
"""Whose key the reasons of periods are hidden with: nobody's, so it goes with nobody."""


async def reason_told(
    notices: Notices, connection: Connection, of: UUID, reason: str, field: str = REASON
) -> dict[str, str]:
    """What a notice says of it. ``of``: the hold, or the erasure; `POLICIES`, with a ``field`` for each."""
    return {REASON: await notices.committed(connection, Class.CONTENT, of, field, reason)}


def field_of_policy(about: str, organization: UUID | None, action: str | None, since: str) -> str:
    """``since``: from when on it is in force, as the notice says it."""
    return "/".join((REASON, about, "" if organization is None else str(organization), action or "", since))
