"""Whose lists a script means: the user with an address, made if there is none."""

from sertantai.accounts.email_addresses import parse_email
from sertantai.accounts.model import USER_ROLE
from sertantai.accounts.store import AccountStore
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId, new_id
from sertantai.postgres import Database


async def owner_named(database: Database, clock: Clock, email: str) -> UserId:
    """The user with this address; made without a password, so that nobody can sign in as them, if new."""
    store = AccountStore(database)
    address = parse_email(email)
    found = await store.find_by_email(email)
    if found:
        return found[0].user.user_id
    user_id = UserId(new_id())
    await store.add_user(user_id, address, None, USER_ROLE, None, clock.now())
    return user_id
