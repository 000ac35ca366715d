"""Proving who one is with an address and a password, and getting an account in the first place."""

from collections.abc import Set

from sertantai.accounts.errors import AccountDisabled, WrongCredentials
from sertantai.accounts.model import SIGN_IN_ROLES, USER_ROLE, User
from sertantai.accounts.passwords.hash_forms import HashForms
from sertantai.accounts.passwords.hasher import PasswordHasher
from sertantai.accounts.passwords.hashes import HashForm, Verdict
from sertantai.accounts.passwords.strength import require_good_password
from sertantai.accounts.people_told import Way
from sertantai.accounts.store import AccountStore
from sertantai.core.clock import Clock
from sertantai.core.email_addresses import parse_email
from sertantai.core.errors import InvalidInput, Unavailable
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

log = logger(__name__)


class Credentials:
    """Addresses and passwords. Every check runs bcrypt once, whether the account exists or not."""

    def __init__(
        self,
        store: AccountStore,
        hasher: PasswordHasher,
        forms: HashForms,
        clock: Clock,
        events: SecurityEvents,
        common_passwords: Set[str],
        *,
        rehash: bool,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._forms = forms
        self._rehash = rehash
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
        way: Way = Way.THEMSELVES,
    ) -> User:
        """A new user; raises `InvalidInput`, `PasswordRefused`, `EmailTaken`, `DatabaseUnavailable`."""
        if role not in SIGN_IN_ROLES:
            raise InvalidInput(f"role: must be one of {', '.join(SIGN_IN_ROLES)}.", field="role")
        address = parse_email(email)
        form = await self._forms.form()
        require_good_password(password, email=address, common=self._common, bytes_max=form.password_bytes_max)
        password_hash = await self._hasher.hash(password, form)
        now = self._clock.now()
        user = await self._store.add_user(
            UserId(new_id()), address, password_hash, role, now if confirmed else None, now, way
        )
        said = {} if way is Way.THEMSELVES else {"by": str(way), "role": role}
        self._events.record(SecurityEventKind.SIGNED_UP, user.user_id, ip, said)
        return user

    async def check(
        self, email: str, password: str, *, ip: str | None = None, also_shut: bool = False
    ) -> User:
        """The user of both; raises `WrongCredentials`, `Unavailable`, and `AccountDisabled` unless they are
        asked for whose account is shut, too."""
        user, stored, form, verdict = await self._verify(email, password)
        if user is None or stored is None or verdict is Verdict.WRONG:
            self._events.record(SecurityEventKind.SIGN_IN_FAILED, user.user_id if user else None, ip)
            raise WrongCredentials
        if user.is_disabled and not also_shut:
            self._events.record(
                SecurityEventKind.SIGN_IN_FAILED, user.user_id, ip, {"reason": "account disabled"}
            )
            raise AccountDisabled(user.user_id)
        if verdict is Verdict.RIGHT_BUT_OLD and self._rehash:
            await self._upgrade(user.user_id, stored, password, form)
        return user

    async def find(self, email: str) -> User | None:
        """Where two accounts of before are one mailbox, the one that is spelled like this."""
        found = await self._store.find_by_email(email)
        return found[0].user if found else None

    async def _verify(self, email: str, password: str) -> tuple[User | None, str | None, HashForm, Verdict]:
        """The account of that address whose password this is, else any of them.

        There is only one, unless two spellings of a mailbox became two accounts before they were compared in
        one form. Both can be entered, each with its own password.
        """
        found = await self._store.find_by_email(email)
        form = await self._forms.form()
        for account in found:
            verdict = await self._hasher.check(password, account.password_hash, form)
            if verdict is not Verdict.WRONG or account is found[-1]:
                return account.user, account.password_hash, form, verdict
        return None, None, form, await self._hasher.check(password, None, form)

    async def _upgrade(self, user_id: UserId, old_hash: str, password: str, form: HashForm) -> None:
        """Replace a hash of another form or cost; if that fails, the next sign-in tries again."""
        if len(password.encode("utf-8", "surrogatepass")) > form.password_bytes_max:
            return  # the plain form would forget the end of it
        try:
            new_hash = await self._hasher.hash(password, form)
            await self._store.upgrade_password(user_id, old_hash, new_hash, self._clock.now())
        except Unavailable:
            log.warning("password_upgrade_failed", user_id=str(user_id))
