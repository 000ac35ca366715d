"""`SelectionStore` on PostgreSQL."""

from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from sertantai.core.errors import Conflict, DatabaseUnavailable, InvalidInput
from sertantai.core.ids import JournalId, OwnerId, Position
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres.errors import SerializationFailed, constraint
from sertantai.postgres.lanes import Lane
from sertantai.postgres.large_answers import made_of
from sertantai.postgres.roles import Role
from sertantai.sealing.notices import Notices
from sertantai.sync import access_sql, presence_sql, rejections_sql, sql
from sertantai.sync.claims import Claim, JournalInUse, claimed
from sertantai.sync.presence import Presence
from sertantai.sync.rejections import tell_set_aside
from sertantai.sync.rows_read import OrganizationRows, OwnerRows, not_ours, states_in
from sertantai.sync.seals import Seals
from sertantai.sync.store import (
    Batch,
    Fenced,
    Refused,
    Rejection,
    RowsDiffer,
    Snapshot,
    Watermark,
)
from sertantai.sync.writing import write

NOWHERE = Position(0)
AT_HAND_MAX = 2_000
"""Records and notes; what has more of them is put together beside the event loop."""
ONE_ROW_A_RECORD = "unique_user_record_group"


class PostgresStore:
    """``presence`` tells other servers that this one runs; ``overtakes``: it may claim the journal of another
    that runs. ``seals``: what makes leaves of the sealed log; None in benchmarks and tests of other
    things."""

    def __init__(
        self,
        database: Database,
        lane: Lane = Lane.LISTS,
        *,
        presence: Presence | None = None,
        overtakes: bool = True,
        seals: Seals | None = None,
        notices: Notices | None = None,
    ) -> None:
        self._database = database
        self._lane = lane
        self._presence = presence
        self._overtakes = overtakes
        self._may_claim = overtakes
        self._seals = seals
        self._notices = notices
        self.claim = Claim(0, uuid4())
        self._moved = 0

    def for_synchroniser(self) -> "PostgresStore":
        return PostgresStore(
            self._database,
            Lane.SYNC,
            presence=self._presence,
            overtakes=self._overtakes,
            seals=self._seals,
            notices=self._notices,
        )

    async def watermark(self, journal: JournalId) -> Watermark:
        await self._require_stopped(journal)
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.MAKE_WATERMARK, journal, 0)
            row = await connection.fetchrow(sql.WATERMARK, journal)
            highest = await connection.fetchval(sql.HIGHEST_POSITION)
            rejected = await connection.fetchval(sql.REJECTED, journal)
        return _watermark(row, self._beyond(highest), rejected)

    async def take(self, journal: JournalId) -> Watermark:
        await self._require_stopped(journal)
        if self._presence is not None:
            await self._presence.hold(journal)
        async with self._database.transaction(Role.SYNC) as connection:
            await connection.execute(sql.MAKE_WATERMARK, journal, 0)
            claim = await self._take(connection, journal)
            row = await connection.fetchrow(sql.WATERMARK, journal)
            highest = await connection.fetchval(sql.HIGHEST_POSITION)
            rejected = await connection.fetchval(sql.REJECTED, journal)
        self.claim = claim
        return _watermark(row, self._beyond(highest), rejected)

    def _beyond(self, highest: int) -> Position:
        """Where the journal was lost and the database is older than the sealed log, no position is given out
        that is sealed."""
        return Position(highest if self._seals is None else max(highest, self._seals.sealed_upto))

    def expect(self, moved: int) -> None:
        self._moved = moved

    async def _require_stopped(self, journal: JournalId) -> None:
        """Once, before the journal is claimed: later it is we who run."""
        if not self._may_claim:
            async with self._database.transaction(Role.SYNC, readonly=True) as connection:
                if await connection.fetchval(presence_sql.IS_RUNNING, journal):
                    raise JournalInUse
            self._may_claim = True

    async def _take(self, connection: Connection, journal: JournalId) -> Claim:
        """Without waiting for a batch that is being written, where the journal is claimed already."""
        found = _claim(await connection.fetchrow(sql.CLAIM, journal))
        if found == self.claim:
            return found
        found = _claim(await connection.fetchrow(sql.LOCK_CLAIM, journal))
        claim = claimed(self.claim, found)
        if claim != found:
            await connection.execute(sql.SET_CLAIM, journal, claim.number, claim.holder)
        return claim

    async def load(self, owners: Sequence[OwnerId], journal: JournalId) -> Snapshot:
        found = await self._read(owners, journal)
        if others := not_ours(found.groups, journal):
            async with self._database.transaction(Role.SYNC, lane=self._lane) as connection:
                await connection.execute(presence_sql.TAKE_OWNERS, list(others), journal)
            # Anew: whoever kept them may have written until now.
            found = await self._read(owners, journal)
        elsewhere = not_ours(found.groups, journal)
        rows = found.groups, found.records, found.annotations
        put_together = partial(states_in, organizations=found.organizations)
        much = len(found.annotations) + sum(len(row["records"]) for row in found.records)
        states = put_together(*rows) if much <= AT_HAND_MAX else await made_of(put_together, *rows)
        return Snapshot(found.watermark, states, elsewhere)

    async def _read(self, owners: Sequence[OwnerId], journal: JournalId) -> "OwnerRows":
        async with self._database.transaction(
            Role.SYNC, readonly=True, isolation="repeatable_read", lane=self._lane
        ) as connection:
            watermark = _watermark(await connection.fetchrow(sql.WATERMARK, journal))
            groups = await connection.fetch(sql.GROUPS_OF, owners)
            records = await connection.fetch(sql.RECORDS_OF, owners)
            annotations = await connection.fetch(sql.ANNOTATIONS_OF, owners)
            organizations = await _organizations(connection, owners)
        return OwnerRows(watermark, groups, records, annotations, organizations)

    async def apply(self, batch: Batch) -> None:
        try:
            prepared = None
            if self._seals is not None:
                prepared = await self._seals.prepared(self._database, batch, self._lane)
            async with self._database.transaction(Role.SYNC) as connection:
                await self._lock(connection, batch.journal, batch.after, batch.parts)
                if prepared is None or self._seals is None:
                    await write(connection, batch)
                else:
                    async with self._seals.sealing(connection, batch, prepared):
                        await write(connection, batch)
                await connection.execute(sql.MOVE_WATERMARK, batch.journal, batch.upto, batch.parts_after)
        except SerializationFailed as error:
            raise DatabaseUnavailable(error.message) from error
        except (Conflict, InvalidInput) as error:
            if constraint(error) == ONE_ROW_A_RECORD:
                raise RowsDiffer("A row to add is there already.") from error
            # Only what lies in the operation's own data: a missing privilege or a bug of ours says nothing
            # about the operation, and must never set it aside.
            raise Refused(f"{error.message} ({error.code})") from error

    async def reject(self, rejection: Rejection, after: Position, parts: int) -> None:
        async with self._database.transaction(Role.SYNC) as connection:
            await self._lock(connection, rejection.journal, after, parts)
            await connection.execute(
                sql.REJECT,
                rejection.journal,
                rejection.position,
                rejection.operation,
                rejection.owner,
                {"action": rejection.action},
                rejection.body,
                rejection.reason,
                rejection.code,
            )
            await connection.execute(sql.MOVE_WATERMARK, rejection.journal, rejection.position, 0)
            if self._notices is not None:
                await tell_set_aside(self._notices, connection, rejection)

    async def set_aside(
        self, owner: OwnerId, journal: JournalId, after: Position, most: int
    ) -> Sequence[tuple[Position, bytes]]:
        async with self._database.transaction(Role.SYNC, readonly=True, lane=self._lane) as connection:
            rows = await connection.fetch(rejections_sql.SET_ASIDE, journal, owner, after, most)
        return [(Position(row["position"]), row["payload"]) for row in rows]

    async def _lock(self, connection: Connection, journal: JournalId, after: Position, parts: int) -> None:
        """Hold the watermark until the transaction ends; only one synchroniser can stand there."""
        row = await connection.fetchrow(sql.LOCK_WATERMARK, journal)
        found = (row["position"], row["parts"]) if row else None
        if found != (after, parts):
            raise Fenced(f"The watermark is at {found}, not at {(after, parts)}.")
        if row is not None and self.claim.number and row["holder"] != self.claim.holder:
            raise Fenced("Another server has claimed this journal.")
        if row is not None and self.claim.number and row["moved"] != self._moved:
            raise Fenced("Another server has taken over people of this one.")


async def _organizations(connection: Connection, owners: Sequence[OwnerId]) -> OrganizationRows | None:
    """None where they are people, as most are."""
    found = await connection.fetch(access_sql.ORGANIZATIONS_OF, owners)
    if not found:
        return None
    ids = [row["id"] for row in found]
    members = await connection.fetch(access_sql.MEMBERS_OF, ids)
    teams = await connection.fetch(access_sql.TEAMS_OF, ids)
    grants = await connection.fetch(access_sql.GRANTS_OF, ids)
    suggestions = await connection.fetch(access_sql.SUGGESTIONS_OF, ids)
    retention = await connection.fetch(access_sql.RETENTION_OF, ids)
    departed = await connection.fetch(access_sql.DEPARTED_OF, ids)
    return OrganizationRows(found, members, teams, grants, suggestions, retention, departed)


def _claim(row: Record | None) -> Claim:
    assert row is not None
    return Claim(row["claim"], row["holder"])


def _watermark(row: Record | None, highest: Position = NOWHERE, rejected: int = 0) -> Watermark:
    assert row is not None
    return Watermark(Position(row["position"]), row["parts"], highest, row["moved"], rejected)
