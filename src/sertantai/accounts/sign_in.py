"""Signing in, step by step: not too fast, the password, the second factor, a confirmed address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from msgspec import Struct

from sertantai.accounts.errors import (
    AccountDisabled,
    ConfirmationNeeded,
    SecondFactorWrong,
    SignInDelayed,
    StepExpired,
    WrongCredentials,
)
from sertantai.accounts.keys.purpose_tokens import Purpose, PurposeToken, sign, verify
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.accounts.mail.requests import MailRequests
from sertantai.accounts.model import User
from sertantai.accounts.passwords.credentials import Credentials
from sertantai.accounts.second_factor.second_factors import SecondFactors
from sertantai.accounts.sessions.known_devices import recognise_device
from sertantai.accounts.store import AccountStore
from sertantai.accounts.throttling.throttling import Throttling
from sertantai.core.clock import Clock
from sertantai.core.email_keys import email_key
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents

STEP_LIFETIME: Final = timedelta(minutes=5)
"""Between the password and the code."""
NOBODY: Final = "nobody"
IPV6_BLOCK: Final = 64
"""What one customer of a provider has at least; counting single addresses of it would count nothing."""


class Whereabouts(Struct, frozen=True):
    """Where a try comes from. ``device``: the device cookie as sent."""

    ip: str | None = None
    device: str = ""


class SignIn:
    def __init__(
        self,
        store: AccountStore,
        credentials: Credentials,
        second_factors: SecondFactors,
        mail: MailRequests,
        keys: SigningKeys,
        throttling: Throttling,
        clock: Clock,
        events: SecurityEvents,
        *,
        confirmation_required: bool,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._second_factors = second_factors
        self._mail = mail
        self._keys = keys
        self._clock = clock
        self._events = events
        self._confirmation_required = confirmation_required
        self._throttling = throttling

    async def with_password(
        self, email: str, password: str, code: str | None, whereabouts: Whereabouts
    ) -> User:
        """The user who has proved themselves.

        Raises `SignInDelayed`, `WrongCredentials`, `SecondFactorNeeded`, `SecondFactorWrong`,
        `AccountDisabled`, `ConfirmationNeeded`, `Unavailable`.
        """
        async with self._attempt(email_key(email) or NOBODY, whereabouts):
            user = await self._credentials.check(email, password, ip=whereabouts.ip)
            await self._second_factors.require(user.user_id, code, whereabouts.ip)
        return self.admitted(user)

    async def with_code(self, step: str, code: str, whereabouts: Whereabouts) -> User:
        """The second step of the pages: ``step`` is what `next_step` gave after the password."""
        token = verify(self._keys, Purpose.SECOND_FACTOR, step, self._clock.now())
        user = await self._store.find_user(UserId(token.subject)) if token else None
        if user is None or token is None:
            raise StepExpired
        if user.is_disabled:
            raise AccountDisabled(user.user_id)
        async with self._attempt(email_key(user.email or "") or NOBODY, whereabouts):
            await self._second_factors.require_at(user.user_id, token.token_id, code or "-", whereabouts.ip)
        return self.admitted(user)

    async def next_step(self, user_id: UserId) -> str:
        """What shows, for some minutes, that this user's password was right.

        It is worth nothing once the password or the second factor is another, or any code has been used.
        """
        expires_at = self._clock.now() + STEP_LIFETIME
        state = await self._second_factors.state_of(user_id)
        return sign(self._keys, PurposeToken(Purpose.SECOND_FACTOR, user_id, state, expires_at))

    async def step_back(self, user_id: UserId) -> str:
        """What shows, for some minutes, that the owner of a shut account has proved it: by the password, or
        by a provider. It lets nobody in."""
        expires_at = self._clock.now() + STEP_LIFETIME
        state = await self._second_factors.state_of(user_id)
        return sign(self._keys, PurposeToken(Purpose.COME_BACK, user_id, state, expires_at))

    async def coming_back(self, step: str, code: str, whereabouts: Whereabouts) -> User:
        """Who wants to come back to a shut account; ``step`` is what `step_back` gave.

        Raises `SignInDelayed`, `StepExpired`, `Unavailable`; `SecondFactorNeeded` and `SecondFactorWrong`,
        after which the same step is good for another try.
        """
        token = verify(self._keys, Purpose.COME_BACK, step, self._clock.now())
        user = await self._store.find_user(UserId(token.subject)) if token else None
        if user is None or token is None:
            raise StepExpired
        async with self._attempt(email_key(user.email or "") or NOBODY, whereabouts):
            if await self._second_factors.state_of(user.user_id) != token.token_id:
                raise StepExpired
            await self._second_factors.require(user.user_id, code or None, whereabouts.ip)
        return user

    def who_comes_back(self, step: str) -> UserId:
        """Raises `StepExpired`."""
        token = verify(self._keys, Purpose.COME_BACK, step, self._clock.now())
        if token is None:
            raise StepExpired
        return UserId(token.subject)

    async def coming_back_with_password(
        self, email: str, password: str, code: str | None, whereabouts: Whereabouts
    ) -> User:
        """The same in one step, for programs; raises `WrongCredentials` too."""
        async with self._attempt(email_key(email) or NOBODY, whereabouts):
            user = await self._credentials.check(email, password, ip=whereabouts.ip, also_shut=True)
            await self._second_factors.require(user.user_id, code, whereabouts.ip)
        return user

    def admitted(self, user: User) -> User:
        """Raises `ConfirmationNeeded`."""
        if self._confirmation_required and user.confirmed_at is None:
            self._mail.confirm_email(user)
            raise ConfirmationNeeded
        return user

    @asynccontextmanager
    async def _attempt(self, account: str, whereabouts: Whereabouts) -> AsyncIterator[None]:
        address = address_block(whereabouts.ip)
        device = recognise_device(self._keys, whereabouts.device, account, self._clock.now())
        throttling = self._throttling
        keys = throttling.local.keys(account, address, device)
        wait_s = await throttling.begin(keys)
        if wait_s > 0:
            self._events.record(
                SecurityEventKind.SIGN_IN_DELAYED, None, whereabouts.ip, {"wait_s": round(wait_s)}
            )
            raise SignInDelayed(wait_s)
        try:
            yield
        except (WrongCredentials, SecondFactorWrong):
            await throttling.failed(keys)
            raise
        except SertantaiError:
            throttling.undecided(keys)
            raise
        await throttling.succeeded(keys, account, address)


def address_block(ip: str | None) -> str | None:
    """What failures are counted by: an IPv4 address, or the block of an IPv6 address."""
    try:
        address = ip_address(ip) if ip else None
    except ValueError:
        return ip
    if address is None or address.version == 4:
        return ip
    return str(ip_network(f"{address}/{IPV6_BLOCK}", strict=False)).lower()
