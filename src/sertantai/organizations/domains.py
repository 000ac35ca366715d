"""Domains that are an organization's own, as the DNS proves: whoever has an address there may join.

The record stands at a name of its own below the domain, so that nothing else is touched by it. What is proven
is looked at again every day; where the record is gone nobody joins any more, and after a week the domain is
free for whoever proves it. A DNS that is silent for a week is as one without the record.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, NotFound
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.core.sharing.ways_in import domain_key
from sertantai.organizations import domains_sql as sql
from sertantai.organizations import invitations_sql
from sertantai.organizations.domain_names import is_public, parse_domain, readable
from sertantai.organizations.errors import DomainTaken, OrganizationNotFound
from sertantai.organizations.settings import WaysSaid
from sertantai.organizations.standing import Standing
from sertantai.organizations.txt_records import DnsUnavailable, TxtRecords
from sertantai.postgres import Database, Record
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.logs import logger

log = logger(__name__)

DOMAINS_OF_ORGANIZATION_MAX: Final = 50
TOKEN_BYTES: Final = 24
MISSING_KEPT: Final = timedelta(days=7)
"""So long nobody joins by a domain before it is free, and its DNS may be silent before that begins."""
LOOKED_AT_EVERY: Final = timedelta(days=1)
SILENT_LOOKED_AT_EVERY: Final = timedelta(hours=1)
_NAME: Final = "_sertantai"
_SAYS: Final = "sertantai-domain="


class Mode(StrEnum):
    """What becomes of somebody with a confirmed address there: told of the organization, or let in."""

    SUGGEST = "suggest"
    ADMIT = "admit"


class Domain(msgspec.Struct, frozen=True):
    """``domain`` is in ASCII. ``missing_since``: verified once, but its record is gone."""

    domain: str
    token: str
    mode: Mode
    added_by: UserId
    added_at: datetime
    verified_at: datetime | None
    checked_at: datetime | None
    missing_since: datetime | None

    @property
    def shown(self) -> str:
        return readable(self.domain)

    @property
    def record_name(self) -> str:
        """Where the DNS is to say it."""
        return f"{_NAME}.{self.domain}"

    @property
    def record_text(self) -> str:
        return _SAYS + self.token


class Domains:
    def __init__(
        self,
        database: Database,
        records: TxtRecords,
        clock: Clock,
        events: SecurityEvents,
        said: WaysSaid,
    ) -> None:
        self._said = said
        self._database = database
        self._records = records
        self._clock = clock
        self._events = events

    async def add(self, standing: Standing, text: str) -> Domain:
        """A domain that waits for its proof; the same again if it is there already.

        Raises `PermissionNeeded`, `InvalidInput`, and `Conflict` for too many.
        """
        standing.require(Right.DOMAINS)
        domain = parse_domain(text, "domain")
        if is_public(domain):
            raise InvalidInput(
                f"domain: anybody can get an address at {readable(domain)}, so it is nobody’s own.",
                field="domain",
            )
        token, organization = secrets.token_urlsafe(TOKEN_BYTES), standing.organization
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            if await connection.fetchval(invitations_sql.LOCK, organization) is None:
                raise OrganizationNotFound
            row = await connection.fetchrow(sql.FIND, organization, domain)
            if row is None:
                if await connection.fetchval(sql.COUNT, organization) >= DOMAINS_OF_ORGANIZATION_MAX:
                    raise Conflict(f"There are {DOMAINS_OF_ORGANIZATION_MAX} domains, which is the maximum.")
                now = self._clock.now()
                row = await connection.fetchrow(sql.ADD, organization, domain, token, standing.actor, now)
                await self._say(standing.by, organization, None, row)
        assert row is not None, "it was there, or is inserted"
        return _domain(row)

    async def all(self, standing: Standing) -> list[Domain]:
        standing.require(Right.DOMAINS)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.LIST, standing.organization, DOMAINS_OF_ORGANIZATION_MAX)
        return [_domain(row) for row in rows]

    async def check(self, standing: Standing, text: str) -> Domain:
        """Look at the DNS now. Raises `DomainTaken`, `DnsUnavailable`, `NotFound`."""
        standing.require(Right.DOMAINS)
        known = await self._find(standing, text)
        found = await self.look(standing.organization, known.domain, known.token, standing.by)
        if found is None:
            raise _no_such_domain()
        if known.verified_at is None and found.verified_at is not None:
            self._note(SecurityEventKind.DOMAIN_VERIFIED, found, standing.actor, standing.by.ip)
        return found

    async def look(
        self, organization: OwnerId, domain: str, token: str, by: Origin | None = None
    ) -> Domain | None:
        """What the DNS says is kept; None: the domain was removed meanwhile. ``by``: whoever asked for it;
        None: it is done by itself. Raises as `check`."""
        try:
            texts = await self._records.of(f"{_NAME}.{domain}")
        except DnsUnavailable:
            await self._not_there(organization, domain, token, by, is_silent=True)
            raise
        if not any(secrets.compare_digest(one.encode(), (_SAYS + token).encode()) for one in texts):
            return await self._not_there(organization, domain, token, by, is_silent=False)
        now = self._clock.now()
        try:
            async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
                known = await connection.fetchrow(sql.FIND, organization, domain)
                row = await connection.fetchrow(
                    sql.VERIFIED, organization, domain, token, now, now + LOOKED_AT_EVERY
                )
                await self._say_if_another(by, organization, known, row)
        except Conflict:
            raise DomainTaken(readable(domain)) from None
        return None if row is None else _domain(row)

    async def look_again(self, organization: OwnerId, domain: str, token: str) -> Domain | None:
        """As `look`, of what was proven before; a silent DNS is no error, and what holds then is returned."""
        try:
            return await self.look(organization, domain, token)
        except DnsUnavailable:
            log.info("dns_is_silent", domain=domain)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND, organization, domain)
        return None if row is None else _domain(row)

    async def _not_there(
        self, organization: OwnerId, domain: str, token: str, by: Origin | None, *, is_silent: bool
    ) -> Domain | None:
        now = self._clock.now()
        again = now + (SILENT_LOOKED_AT_EVERY if is_silent else LOOKED_AT_EVERY)
        given = (organization, domain, token, now, again, now - MISSING_KEPT, is_silent)
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            known = await connection.fetchrow(sql.FIND, organization, domain)
            row = await connection.fetchrow(sql.MISSING, *given)
            await self._say_if_another(by, organization, known, row)
        return None if row is None else _domain(row)

    async def set_mode(self, standing: Standing, text: str, mode: Mode) -> Domain:
        standing.require(Right.DOMAINS)
        domain = parse_domain(text, "domain")
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            known = await connection.fetchrow(sql.FIND, standing.organization, domain)
            row = await connection.fetchrow(sql.SET_MODE, standing.organization, domain, mode.value)
            await self._say_if_another(standing.by, standing.organization, known, row)
        if row is None:
            raise _no_such_domain()
        return _domain(row)

    async def remove(self, standing: Standing, text: str) -> None:
        """Nobody joins by it any more; members stay."""
        standing.require(Right.DOMAINS)
        known = await self._find(standing, text)
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.FIND, standing.organization, known.domain)
            gone = await connection.fetchval(sql.REMOVE, standing.organization, known.domain)
            if gone is not None and row is not None:
                await self._say(standing.by, standing.organization, row, None)
        if gone is None:
            raise _no_such_domain()
        if known.verified_at is not None:
            self._note(SecurityEventKind.DOMAIN_LOST, known, standing.actor, standing.by.ip)

    async def due(self, most: int) -> list[tuple[OwnerId, str, str]]:
        """Verified ones that are to be looked at, with their tokens; who has waited longest first."""
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.DUE, self._clock.now(), most)
        return [(row["organization_id"], row["domain"], row["txt_token"]) for row in rows]

    def note_lost(self, domain: str) -> None:
        self._events.record(SecurityEventKind.DOMAIN_LOST, None, None, {"domain": domain})

    async def _find(self, standing: Standing, text: str) -> Domain:
        domain = parse_domain(text, "domain")
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND, standing.organization, domain)
        if row is None:
            raise _no_such_domain()
        return _domain(row)

    async def _say_if_another(
        self, by: Origin | None, organization: OwnerId, known: Record | None, row: Record | None
    ) -> None:
        """That it was looked at, and that its record is missing for a while, is nothing to tell of."""
        if known is not None and row is not None and _stated(known) != _stated(row):
            await self._say(by, organization, known, row)

    async def _say(
        self, by: Origin | None, organization: OwnerId, known: Record | None, row: Record | None
    ) -> None:
        named = row if row is not None else known
        assert named is not None, "there was one, or is"
        states = [None if one is None else _stated(one) for one in (known, row)]
        await self._said.say(by, organization, domain_key(named["domain"]), *states)

    def _note(self, kind: SecurityEventKind, domain: Domain, by: UserId, ip: str | None) -> None:
        self._events.record(kind, by, ip, {"domain": domain.domain})


def _stated(row: Record) -> dict[str, Any]:
    """What of it the organization's history says."""
    return {"mode": row["mode"], "proven": row["verified_at"] is not None}


def _domain(row: Record) -> Domain:
    return Domain(
        row["domain"],
        row["txt_token"],
        Mode(row["mode"]),
        row["added_by"],
        row["added_at"],
        row["verified_at"],
        row["checked_at"],
        row["missing_since"],
    )


def _no_such_domain() -> NotFound:
    return NotFound("This domain is not one of the organisation’s.", field="domain")
