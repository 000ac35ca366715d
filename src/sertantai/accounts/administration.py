"""What administrators do on the command line: ``sertantai users create`` and ``sertantai users list``."""

from collections.abc import AsyncIterator

from sertantai.accounts.model import USER_ROLE, User
from sertantai.accounts.service import Accounts

PAGE_USERS = 500


async def create_user(accounts: Accounts, email: str, password: str, role: str = USER_ROLE) -> User:
    """A user with a confirmed address; raises `InvalidInput`, `EmailTaken`, `DatabaseUnavailable`."""
    return await accounts.register(email, password, role=role, confirmed=True)


async def list_users(accounts: Accounts) -> AsyncIterator[User]:
    """Every user with an address, oldest first, read a page at a time."""
    last: User | None = None
    while users := await accounts.list_users(last, PAGE_USERS):
        for user in users:
            yield user
        last = users[-1]


def waiting(accounts: Accounts, now: float) -> list[tuple[str, str, float]]:
    """Who must wait before the next try to sign in: kind, account or address, seconds; longest first."""
    found = []
    for key, wait_s in accounts.throttle.waiting(now):
        account_first = key.value[0] if isinstance(key.value, tuple) else key.value
        found.append((key.kind.value, str(account_first), wait_s))
    return found
