"""The providers that are set: the site's by its operator, an organization's by who may. Secrets are sealed.

Who may and in what organization is asked by the room above (`organizations/providers.py`).
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.accounts import provider_sql as sql
from sertantai.accounts.keys.sealing import CannotBeOpened, Sealer
from sertantai.accounts.providers.errors import ProviderMisconfigured, ProviderUnavailable
from sertantai.accounts.providers.identities import Identities
from sertantai.accounts.providers.metadata import ProviderFacts
from sertantai.accounts.providers.provider import SITE, Provider, reference_of
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database, Record, Role
from sertantai.process.logs import logger
from sertantai.process.settings import Settings

Say = Callable[[Mapping[str, Any] | None, Mapping[str, Any] | None], Awaitable[None]]
"""Told what of a provider was, and what is, without its secret; None: there is none."""
FIELD_BYTES_MAX: Final = 500
SECRET_BYTES_MAX: Final = 2_000

log = logger(__name__)


class Stated(msgspec.Struct, frozen=True):
    """An organization's provider, as it is shown to who may change it: never its secret."""

    issuer: str
    client_id: str
    has_secret: bool
    changed_at: datetime
    domains: list[str]


class NewProvider(msgspec.Struct, frozen=True):
    """``client_secret`` None: the one of before, where the issuer is the one of before; empty: none."""

    issuer: str
    client_id: str
    client_secret: str | None = None


class ProviderSettings:
    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        facts: ProviderFacts,
        identities: Identities,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._facts = facts
        self._identities = identities
        self._clock = clock
        self._events = events

    async def stated(self, organization: UUID) -> Stated | None:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND_PROVIDER, organization)
        if row is None:
            return None
        has_secret = row["client_secret"] is not None
        return Stated(row["issuer"], row["client_id"], has_secret, row["changed_at"], sorted(row["domains"]))

    async def find(self, organization: UUID, name: str) -> Provider | None:
        """To sign in with; None where there is none, or its secret cannot be opened any more."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND_PROVIDER, organization)
        if row is None:
            return None
        sealed = row["client_secret"]
        try:
            secret = None if sealed is None else self._sealer.open(sealed, organization)
        except CannotBeOpened as error:
            log.warning("provider_secret_cannot_be_opened", provider=str(organization), reason=str(error))
            return None
        return Provider(
            organization,
            reference_of(organization),
            name,
            row["issuer"],
            row["client_id"],
            secret,
            frozenset(row["domains"]),
        )

    async def whose_domain(self, domain: str) -> UUID | None:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            found = await connection.fetchval(sql.WHOSE_DOMAIN, domain)
        return None if found is None else UUID(int=found.int)

    async def save(
        self, organization: UUID, wanted: NewProvider, by: UserId, ip: str | None, say: Say
    ) -> None:
        """Once the provider has answered. The secret of before goes to no other issuer, and whoever was
        linked with another one, or under another name there, is linked no more. ``say``: told before it is
        done; where that raises, nothing is.

        Raises `ProviderMisconfigured`.
        """
        issuer, client_id = _text(wanted.issuer, "issuer"), _text(wanted.client_id, "client_id")
        self._facts.forget(issuer)
        try:
            await self._facts.metadata(issuer)
        except ProviderUnavailable as error:
            raise ProviderMisconfigured(
                f"issuer: this provider could not be used ({error.reason}).", field="issuer"
            ) from None
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            known = await connection.fetchrow(sql.FIND_PROVIDER, organization)
            is_same = known is not None and known["issuer"] == issuer
            kept = known["client_secret"] if known is not None and is_same else None
            sealed = (
                kept if wanted.client_secret is None else self._sealed(organization, wanted.client_secret)
            )
            await connection.execute(
                sql.SAVE_PROVIDER, organization, issuer, client_id, sealed, by, self._clock.now()
            )
            if not is_same or (known is not None and known["client_id"] != client_id):
                await connection.execute(sql.UNLINK_ALL, organization)
            has_new = wanted.client_secret is not None or not is_same
            secret = "none" if sealed is None else "new" if has_new else "kept"
            await say(_said(known), {"issuer": issuer, "client_id": client_id, "secret": secret})
        self._note(organization, by, ip)

    async def remove(self, organization: UUID, by: UserId, ip: str | None, say: Say) -> bool:
        """Nobody signs in with it any more; accounts and members stay."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            known = await connection.fetchrow(sql.FIND_PROVIDER, organization)
            gone = await connection.fetchval(sql.REMOVE_PROVIDER, organization)
            await connection.execute(sql.UNLINK_ALL, organization)
            if gone is not None:
                await say(_said(known), None)
        if gone is not None:
            self._note(organization, by, ip)
        return gone is not None

    def _sealed(self, organization: UUID, secret: str) -> str | None:
        if len(secret.encode("utf-8", "replace")) > SECRET_BYTES_MAX or not secret.isprintable():
            raise ProviderMisconfigured(
                f"client_secret: at most {SECRET_BYTES_MAX} bytes.", field="client_secret"
            )
        return self._sealer.seal(secret, organization) if secret else None

    def _note(self, organization: UUID, by: UserId, ip: str | None) -> None:
        self._events.record(SecurityEventKind.PROVIDER_CHANGED, by, ip, {"provider": str(organization)})


def _said(known: Record | None) -> dict[str, Any] | None:
    """What of it may be told: whether there is a secret, and never which."""
    if known is None:
        return None
    secret = "none" if known["client_secret"] is None else "there"
    return {"issuer": known["issuer"], "client_id": known["client_id"], "secret": secret}


def site_provider(settings: Settings) -> Provider | None:
    """Raises `ProviderMisconfigured` where only a part of it is set."""
    if settings.sign_in_issuer is None:
        return None
    if not settings.sign_in_client_id:
        raise ProviderMisconfigured(
            "sign_in_client_id: is needed with sign_in_issuer.", field="sign_in_client_id"
        )
    return Provider(
        SITE,
        reference_of(SITE),
        settings.sign_in_name,
        settings.sign_in_issuer,
        settings.sign_in_client_id,
        settings.sign_in_client_secret,
        None,
    )


def _text(text: str, field: str) -> str:
    text = text.strip()
    if (
        not 0 < len(text.encode("utf-8", "replace")) <= FIELD_BYTES_MAX
        or not text.isprintable()
        or " " in text
    ):
        raise ProviderMisconfigured(f"{field}: 1 to {FIELD_BYTES_MAX} bytes, without blanks.", field=field)
    return text
