"""Proving who one is with an address and a password, and getting an account in the first place."""

from collections.abc import Set

from sertantai.accounts.email_addresses import email_key, parse_email
from sertantai.accounts.errors import AccountDisabled, WrongCredentials
from sertantai.accounts.model import SIGN_IN_ROLES, USER_ROLE, User
from sertantai.accounts.password_hasher import PasswordHasher
from sertantai.accounts.password_hashes import Verdict
from sertantai.accounts.passwords import require_good_password
from sertantai.accounts.store import AccountStore
from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable, InvalidInput
from sertantai.core.ids import UserId, new_id
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.telemetry import logger

log = logger(__name__)


class Credentials:
    """Addresses and passwords. Every check runs bcrypt once, whether the account exists or not."""

    def __init__(
        self,
        store: AccountStore,
        hasher: PasswordHasher,
        clock: Clock,
        events: SecurityEvents,
        common_passwords: Set[str],
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._events = events
        self._common = common_passwords

    async def register(
        self,
        email: str,
        password: str,
        *,
        role: str = USER_ROLE,
        confirmed: bool = False,
        ip: str | None = None,
    ) -> User:
        """A new user; raises `InvalidInput`, `PasswordRefused`, `EmailTaken`, `DatabaseUnavailable`."""
        if role not in SIGN_IN_ROLES:
            raise InvalidInput(f"role: must be one of {', '.join(SIGN_IN_ROLES)}.", field="role")
        address = parse_email(email)
        require_good_password(password, email=address, common=self._common)
        password_hash = await self._hasher.hash(password)
        now = self._clock.now()
        user = await self._store.add_user(
            UserId(new_id()), address, password_hash, role, now if confirmed else None, now
        )
        self._events.record(SecurityEventKind.SIGNED_UP, user.user_id, ip)
        return user

    async def check(self, email: str, password: str, *, ip: str | None = None) -> User:
        """The user of both; raises `WrongCredentials`, `AccountDisabled`, `Unavailable`."""
        key = email_key(email)
        found = await self._store.find_by_email(key) if key else None
        user, stored = found if found else (None, None)
        verdict = await self._hasher.check(password, stored)
        if user is None or stored is None or verdict is Verdict.WRONG:
            self._events.record(SecurityEventKind.SIGN_IN_FAILED, user.user_id if user else None, ip)
            raise WrongCredentials
        if user.is_disabled:
            self._events.record(
                SecurityEventKind.SIGN_IN_FAILED, user.user_id, ip, {"reason": "account disabled"}
            )
            raise AccountDisabled
        if verdict is Verdict.RIGHT_BUT_OLD:
            await self._upgrade(user.user_id, stored, password)
        return user

    async def find(self, email: str) -> User | None:
        key = email_key(email)
        found = await self._store.find_by_email(key) if key else None
        return found[0] if found else None

    async def _upgrade(self, user_id: UserId, old_hash: str, password: str) -> None:
        """Replace a foreign or cheap hash; a failure only means that the next sign-in tries again."""
        try:
            new_hash = await self._hasher.hash(password)
            await self._store.upgrade_password(user_id, old_hash, new_hash, self._clock.now())
        except DatabaseUnavailable:
            log.warning("password_upgrade_failed", user_id=str(user_id))
