"""What retention tells the sealed log: one place, so that whoever keeps it is one line to change."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from sertantai.core.lasting.policies import told_of
from sertantai.postgres import Connection
from sertantai.retention.asked import SinglePolicy
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reasons import POLICIES, field_of_policy, reason_told


class Tell(Protocol):
    """Within the transaction of what it tells."""

    async def policy(
        self, connection: Connection, policy: SinglePolicy, in_force_from: datetime, by: UUID | None
    ) -> None: ...

    async def hold(
        self,
        connection: Connection,
        did: str,
        hold: UUID,
        scope: str,
        target: UUID | None,
        by: UUID | None,
        reason: str,
    ) -> None: ...


class _Nobody:
    async def policy(
        self, connection: Connection, policy: SinglePolicy, in_force_from: datetime, by: UUID | None
    ) -> None:
        """There is no log."""

    async def hold(
        self,
        connection: Connection,
        did: str,
        hold: UUID,
        scope: str,
        target: UUID | None,
        by: UUID | None,
        reason: str,
    ) -> None:
        """There is no log."""


tell_nobody = _Nobody()


class TellLog:
    """Tells the sealed log. Of reasons, which people wrote, a commitment."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    async def policy(
        self, connection: Connection, policy: SinglePolicy, in_force_from: datetime, by: UUID | None
    ) -> None:
        body = told_of(policy.about, policy.kept, policy.action, in_force_from)
        field = field_of_policy(policy.about, policy.organization, policy.action, body["from"])
        body |= await reason_told(self._notices, connection, POLICIES, policy.reason, field)
        await self._notices.tell(connection, Kind.POLICY, subject=policy.organization, by=by, body=body)

    async def hold(
        self,
        connection: Connection,
        did: str,
        hold: UUID,
        scope: str,
        target: UUID | None,
        by: UUID | None,
        reason: str,
    ) -> None:
        why = await reason_told(self._notices, connection, hold, reason, did)
        body = {"did": did, "hold": str(hold), "scope": scope, **why}
        await self._notices.tell(connection, Kind.HOLD, subject=target, by=by, body=body)


def tell_with(notices: Notices | None) -> Tell:
    """None: there is no log that may be told of it."""
    return tell_nobody if notices is None else TellLog(notices)
