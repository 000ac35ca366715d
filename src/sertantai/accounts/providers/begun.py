"""Sign-ins on their way: each good once, for some minutes, in the browser that began it.

The browser holds one secret in a cookie; whatever else is secret of a sign-in follows from it and from the
state, so that the database holds hashes only.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from sertantai.accounts import provider_sql as sql
from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.providers.errors import SignInBroken
from sertantai.accounts.providers.provider import Provider
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.postgres import Database, Record, Role, plain_uuid

LIFETIME: Final = timedelta(minutes=10)
LINK_LIFETIME: Final = timedelta(hours=1)
MAILS_MAX: Final = 3
TOKEN_CHARACTERS_MAX: Final = 200
WANTED_CHARACTERS_MAX: Final = 2_000
_TOKEN_BYTES: Final = 32


class Began(msgspec.Struct, frozen=True):
    """What is known of a sign-in; ``subject`` and ``user_id`` of one that waits to be linked."""

    provider: UUID
    issuer: str
    wanted: str
    subject: str = ""
    user_id: UserId | None = None


class BegunSignIns:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, provider: Provider, wanted: str, browser: str) -> str:
        """The state that comes back."""
        state = secrets.token_urlsafe(_TOKEN_BYTES)
        began = Began(provider.id, provider.issuer, wanted)
        await self._keep(_hash("state", state), browser, began, LIFETIME)
        return state

    async def finish(self, state: str, browser: str) -> Began:
        """Raises `SignInBroken`, also the second time."""
        return await self._take("state", state, browser)

    async def to_link(self, began: Began, browser: str) -> str:
        """A token with which an account of before is linked, once its password is said as well."""
        return await self._to_link("link", began, browser, LIFETIME)

    async def mail_token(self, token: str, began: Began, browser: str) -> str | None:
        """A token that proves, by coming back, that a mail was read; None: there were enough of them."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            if await connection.fetchval(sql.COUNT_MAIL, _hash("link", token), MAILS_MAX) is None:
                return None
        return await self._to_link("mail", began, browser, LINK_LIFETIME)

    async def look_at(self, kind: str, token: str, browser: str) -> Began:
        """``kind``: link or mail. It is not used by that; raises `SignInBroken`."""
        return await self._found(sql.FIND, kind, token, browser)

    async def use(self, kind: str, token: str, browser: str) -> Began:
        return await self._take(kind, token, browser)

    async def _to_link(self, kind: str, began: Began, browser: str, lifetime: timedelta) -> str:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        await self._keep(_hash(kind, token), browser, began, lifetime)
        return token

    async def _keep(self, token_hash: bytes, browser: str, began: Began, lifetime: timedelta) -> None:
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(
                sql.BEGIN,
                token_hash,
                digest(browser),
                began.provider,
                began.issuer,
                began.wanted[:WANTED_CHARACTERS_MAX],
                began.subject or None,
                began.user_id,
                self._clock.now() + lifetime,
            )

    async def _take(self, kind: str, token: str, browser: str) -> Began:
        return await self._found(sql.TAKE, kind, token, browser)

    async def _found(self, statement: str, kind: str, token: str, browser: str) -> Began:
        if not browser or not 0 < len(token) <= TOKEN_CHARACTERS_MAX:
            raise SignInBroken
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(statement, _hash(kind, token), digest(browser), self._clock.now())
        if row is None:
            raise SignInBroken
        return _began(row)


def new_browser_secret() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def nonce_of(browser: str, state: str) -> str:
    return _derived(browser, "nonce", state)


def verifier_of(browser: str, state: str) -> str:
    """What shows that whoever exchanges a code is who asked for it (PKCE, RFC 7636)."""
    return _derived(browser, "verifier", state)


def challenge_of(verifier: str) -> str:
    return _text(hashlib.sha256(verifier.encode()).digest())


def _derived(browser: str, what: str, state: str) -> str:
    return _text(hmac.digest(browser.encode(), f"{what}\0{state}".encode(), "sha256"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _hash(kind: str, token: str) -> bytes:
    return digest(f"{kind}\0{token}")


def _began(row: Record) -> Began:
    user = row["user_id"]
    return Began(
        plain_uuid(row["provider"]),
        row["issuer"],
        row["wanted"],
        row["subject"] or "",
        None if user is None else UserId(plain_uuid(user)),
    )
