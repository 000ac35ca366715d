"""Retention of the trail: what is due, a month at a time, the oldest first, and a line for each act.

The database decides what goes, by its own tables: periods, what was told of them, and holds. Here it is
asked, what goes is written to an archive first where that is wanted, and what was done is told.
"""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.audit import months_sql as sql
from sertantai.audit.retaining.archiving import Archived, archive_month
from sertantai.audit.retaining.leaving import Due, Range, SealedTrail, note_leaving, tell_gone
from sertantai.audit.retaining.looks import drop_looks
from sertantai.audit.rewriting import Rewritten, rewrite
from sertantai.audit.rights_kept import keep_rights
from sertantai.audit.vouched.hashes import Left
from sertantai.core.clock import Clock
from sertantai.core.errors import SertantaiError
from sertantai.core.lasting.policies import SETTING_OF, Class, of_setting, told_of
from sertantai.postgres import Connection, Database, Role
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from sertantai.sealing.blinds import Blind
from sertantai.sealing.blinds import Class as BlindClass
from sertantai.sealing.notices import Kind
from sertantai.sealing.reasons import POLICIES, field_of_policy, reason_told

MONTHS_AT_ONCE_MAX: Final = 1_200
POLICIES_TOLD_MAX: Final = 200

log = logger(__name__)


class Act(msgspec.Struct, frozen=True):
    """What was done with a month. ``policies``: what counted: class, organization, action, and how long."""

    id: UUID
    at: datetime
    is_dropped: bool
    done: Rewritten
    owners: int
    policies: list[dict[str, Any]]
    archive: Archived | None

    @property
    def about(self) -> Class:
        return Class.DEEDS if self.is_dropped or self.done.rows_gone else Class.ORIGINS


class _Begun(msgspec.Struct, frozen=True):
    due: Due
    act: UUID
    policies: list[dict[str, Any]]
    archive: Archived | None
    gone: list[Range]
    left: Left


class Retaining:
    """``log``: the sealed log of these rows; None: there is none that would have to know."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, log: SealedTrail | None = None
    ) -> None:
        self._log = log
        self._database = database
        self._settings = settings
        self._clock = clock
        self._archive = Path(settings.retention_archive_dir) if settings.retention_archive_dir else None

    async def take_settings(self) -> None:
        """What the settings say becomes the installation's policies: a shorter one is told of, and waits."""
        async with self._database.transaction(Role.SYNC) as connection:
            for about, setting in SETTING_OF.items():
                kept = of_setting(about, getattr(self._settings, setting))
                why = f"the setting {setting}"
                at = await connection.fetchval(
                    sql.SET_POLICY, about, None, None, kept.months, kept.days, None, why
                )
                if at is not None:
                    if self._log is not None:
                        body = told_of(about, kept, None, at)
                        field = field_of_policy(about, None, None, body["from"])
                        body |= await reason_told(self._log.notices, connection, POLICIES, why, field)
                        await self._log.notices.tell(connection, Kind.POLICY, body=body)
                    log.info(
                        "retention_policy_set", about=about, kept=str(kept), in_force_from=at.isoformat()
                    )

    async def run(self) -> list[Act]:
        """Everything that is due now. Stops at the first error, and says so."""
        started, acts = self._clock.now(), list[Act]()
        try:
            for _ in range(MONTHS_AT_ONCE_MAX):
                act = await self.next_month()
                if act is None:
                    break
                acts.append(act)
            await self._rest()
        except SertantaiError as error:
            await self._note(started, len(acts), error.message)
            raise
        await self._note(started, len(acts), None)
        return acts

    async def next_month(self) -> Act | None:
        """What is due with the oldest month that something is due with; None: nothing is due."""
        await keep_rights(self._database, None if self._log is None else self._log.notices)
        begun: list[_Begun] = []
        acts: list[Act] = []

        async def begin(connection: Connection) -> bool:
            row = await connection.fetchrow(sql.RETAIN_MONTH)
            if row is None:
                return False
            due, act = Due(**dict(row)), new_id()
            archived = await self._archived(due)
            gone: list[Range] = []
            left: Left = (0, "")
            if self._log is not None:
                gone, left = await note_leaving(self._database, connection, self._log, due, act)
            begun.append(_Begun(due, act, await self._policies(connection, due), archived, gone, left))
            return True

        async def tell(connection: Connection, done: Rewritten) -> None:
            acts.append(await self._told(connection, begun[0], done))

        if await rewrite(self._database, begin, tell) is None:
            return None
        act = acts[0]
        log.info(
            "audit_month_dropped" if act.is_dropped else "audit_month_rewritten",
            month=act.done.month,
            owners=act.owners,
            rows_gone=act.done.rows_gone,
            rows_changed=act.done.rows_changed,
        )
        return act

    async def _told(self, connection: Connection, begun: _Begun, done: Rewritten) -> Act:
        """A line, and a notice in the sealed log."""
        due, archive = begun.due, begun.archive
        owners = len(due.leaving)
        act = Act(begun.act, self._clock.now(), due.is_dropped, done, owners, begun.policies, archive)
        did = "dropped" if act.is_dropped else "rewritten"
        await connection.execute(
            sql.NOTE_ACT,
            act.id,
            act.at,
            act.about,
            did,
            due.named,
            done.rows_gone,
            done.rows_changed,
            done.gone_by_action,
            done.operations_gone,
            act.owners,
            act.policies,
            None if archive is None else msgspec.to_builtins(archive),
        )
        if self._log is not None:
            body = {
                "act": str(act.id),
                "by_action": done.gone_by_action,
                "changed": done.rows_changed,
                "did": did,
                # Of rows from before the log nothing else says that they may go.
                "month" if done.rows_gone or act.is_dropped else "of": due.named,
                "opaque": list(begun.left),
                "operations": done.operations_gone,
                "policies": act.policies,
                "rows": done.rows_gone,
                **({} if archive is None else {"archive": archive.files}),
            }
            await tell_gone(connection, self._log.notices, body, begun.gone)
        return act

    async def _archived(self, due: Due) -> Archived | None:
        if self._archive is None or "without" not in due.change:
            return None
        return await archive_month(self._database, due.month, self._archive)

    async def _policies(self, connection: Connection, due: Due) -> list[dict[str, Any]]:
        rows = await connection.fetch(sql.POLICIES_OF, due.leaving, POLICIES_TOLD_MAX)
        return [{name: value for name, value in dict(row).items() if value is not None} for row in rows]

    async def _rest(self) -> None:
        """What has no months: so many rows at a time, each with its own line."""
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.TIDY_AFTER_MONTHS)
        async with self._database.transaction(Role.SYNC) as connection:
            keys = await connection.fetch(sql.FORGET_ORIGIN_KEYS)
        if self._log is not None and keys:
            gone = {Blind(row["subject"], row["month"], BlindClass.ORIGIN) for row in keys}
            await asyncio.to_thread(self._log.blinds.forget_each, gone)
        if self._log is not None and (acts := await drop_looks(self._database, self._log, self._clock.now)):
            log.info("accesses_dropped_by_retention", acts=acts)
        while True:
            async with self._database.transaction(Role.SYNC) as connection:
                if not await connection.fetchval(sql.FORGET_REJECTIONS):
                    return

    async def _note(self, started: datetime, acts: int, error: str | None) -> None:
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.NOTE_RUN, new_id(), started, self._clock.now(), acts, error)
