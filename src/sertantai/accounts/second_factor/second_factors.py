"""The second factor: setting it up, asking for it, and the codes for the day it is lost."""

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from sertantai.accounts.errors import SecondFactorNeeded, SecondFactorWrong, StepExpired
from sertantai.accounts.keys.sealing import CannotBeOpened, Sealer
from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.accounts.second_factor import sql, totp
from sertantai.accounts.second_factor.recovery_codes import hash_code, new_codes
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Connection, Database, Role
from sertantai.process.logs import logger

log = logger(__name__)

AUTHENTICATOR: Final = "authenticator"
RECOVERY_CODE: Final = "recovery code"


class SecondFactor(Struct, frozen=True):
    """``secret`` is None when it cannot be opened: then only recovery codes let its user in."""

    secret: str | None
    enabled_at: datetime | None
    last_step: int
    codes_left: int

    @property
    def is_enabled(self) -> bool:
        return self.enabled_at is not None


class SecondFactors:
    """Reads and changes the second factors of users. Secrets are kept sealed."""

    def __init__(
        self, database: Database, sealer: Sealer, clock: Clock, events: SecurityEvents, people: PeopleTold
    ) -> None:
        self._database = database
        self._people = people
        self._sealer = sealer
        self._clock = clock
        self._events = events

    async def find(self, user_id: UserId) -> SecondFactor | None:
        """The user's factor, also one that is only being set up."""
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND, user_id)
        if row is None:
            return None
        secret = self._opened(row["secret"], user_id)
        return SecondFactor(secret, row["enabled_at"], row["last_step"], row["codes_left"])

    async def prepare(self, user_id: UserId) -> str:
        """A secret to set the authenticator up with, until `enable`; raises `Conflict` if one is in use."""
        known = await self.find(user_id)
        if known is not None and known.is_enabled:
            raise Conflict("Two-step verification is already on. Turn it off first.")
        if known is not None and known.secret is not None:
            return known.secret
        secret = totp.new_secret()
        sealed = self._sealer.seal(secret, user_id)
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            await connection.execute(sql.PREPARE, user_id, sealed, self._clock.now())
        return secret

    async def enable(self, user_id: UserId, code: str, ip: str | None) -> list[str]:
        """Use the prepared factor from now on: ``code`` shows that it works. Returns recovery codes, once."""
        factor = await self.find(user_id)
        if factor is None or factor.is_enabled:
            raise Conflict("Two-step verification is not being set up. Start again.")
        now = self._clock.now()
        step = _matching_step(factor, code, now)
        if step is None:
            raise SecondFactorWrong
        codes = new_codes()
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            if not await connection.fetchrow(sql.ENABLE, user_id, step, now):
                raise SecondFactorWrong
            await _replace_codes(connection, user_id, codes, now)
            said: dict[str, Any] = {"way": Way.THEMSELVES, "by": user_id}
            await self._people.tell(connection, What.SECOND_FACTOR_ON, user_id, **said)
        self._events.record(SecurityEventKind.SECOND_FACTOR_ENABLED, user_id, ip)
        return codes

    async def renew_codes(self, user_id: UserId) -> list[str]:
        """New recovery codes; the old ones are worth nothing from now on."""
        factor = await self.find(user_id)
        if factor is None or not factor.is_enabled:
            raise Conflict("Two-step verification is not on.")
        codes = new_codes()
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            await _replace_codes(connection, user_id, codes, self._clock.now())
        return codes

    async def disable(self, user_id: UserId, ip: str | None, *, by_operator: bool = False) -> None:
        way = Way.OPERATOR if by_operator else Way.THEMSELVES
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            await connection.execute(sql.DELETE_CODES, user_id)
            await connection.execute(sql.DELETE, user_id)
            by = None if by_operator else user_id
            await self._people.tell(connection, What.SECOND_FACTOR_OFF, user_id, way=way, by=by)
        said = {"by": str(way)} if by_operator else {}
        self._events.record(SecurityEventKind.SECOND_FACTOR_DISABLED, user_id, ip, said)

    async def require(self, user_id: UserId, code: str | None, ip: str | None) -> None:
        """Return if the user has none, or ``code`` is right; it is worth nothing afterwards.

        Raises `SecondFactorNeeded` without a code, `SecondFactorWrong` with one that is wrong or used.
        """
        factor = await self.find(user_id)
        if factor is None or not factor.is_enabled:
            return
        if not code:
            raise SecondFactorNeeded(user_id)
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            used = await self._use(connection, user_id, factor, code)
        self._note(used, user_id, ip)

    async def require_at(self, user_id: UserId, state: UUID, code: str, ip: str | None) -> None:
        """The same at the second step, for which `state_of` was ``state``; raises `StepExpired` if it is not
        any more. A right code changes the state, so one step lets somebody in once.
        """
        factor = await self.find(user_id)
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            await connection.execute(sql.LOCK, user_id)
            if factor is None or not factor.is_enabled or await _state(connection, user_id) != state:
                raise StepExpired
            used = await self._use(connection, user_id, factor, code)
        self._note(used, user_id, ip)

    async def state_of(self, user_id: UserId) -> UUID:
        """Stands for password and second factor as they are."""
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            return await _state(connection, user_id)

    def _note(self, used: str | None, user_id: UserId, ip: str | None) -> None:
        if used is None:
            self._events.record(SecurityEventKind.SECOND_FACTOR_FAILED, user_id, ip)
            raise SecondFactorWrong
        if used == RECOVERY_CODE:
            self._events.record(SecurityEventKind.RECOVERY_CODE_USED, user_id, ip)

    def _opened(self, sealed: str, user_id: UserId) -> str | None:
        try:
            return self._sealer.open(sealed, user_id)
        except CannotBeOpened as error:
            log.warning("second_factor_cannot_be_opened", user_id=str(user_id), reason=str(error))
            return None

    async def _use(
        self, connection: Connection, user_id: UserId, factor: SecondFactor, code: str
    ) -> str | None:
        """Which kind of code it was, used up now; None: it is wrong, or was used before."""
        now = self._clock.now()
        step = _matching_step(factor, code, now)
        if step is not None and await connection.fetchrow(sql.TAKE_STEP, user_id, step) is not None:
            return AUTHENTICATOR
        code_hash = hash_code(user_id, code)
        if code_hash is None or await connection.fetchrow(sql.USE_CODE, user_id, code_hash, now) is None:
            return None
        return RECOVERY_CODE


async def _state(connection: Connection, user_id: UserId) -> UUID:
    row = await connection.fetchrow(sql.STATE, user_id)
    parts = None if row is None else (*row,)
    return UUID(bytes=hashlib.sha256(repr(parts).encode()).digest()[:16])


def _matching_step(factor: SecondFactor, code: str, now: datetime) -> int | None:
    if factor.secret is None:
        return None
    return totp.matching_step(factor.secret, code, now, factor.last_step)


async def _replace_codes(connection: Connection, user_id: UserId, codes: list[str], now: datetime) -> None:
    hashes = [hash_code(user_id, code) for code in codes]
    await connection.execute(sql.DELETE_CODES, user_id)
    await connection.execute(sql.INSERT_CODES, user_id, hashes, now)
