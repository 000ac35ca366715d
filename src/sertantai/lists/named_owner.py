"""Whose lists a script means: the user with an address, made if there is none."""

from sertantai.audit.reports import find_owner
from sertantai.core.clock import Clock
from sertantai.core.email_addresses import parse_email
from sertantai.core.email_keys import email_spellings
from sertantai.core.errors import Conflict, NotFound
from sertantai.core.ids import UserId
from sertantai.lists import named_owner_sql as sql
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id


async def owner_named(database: Database, clock: Clock, email: str) -> UserId:
    """The user with this address; made without a password, so that nobody can sign in as them, if new.

    Raises `Conflict` where somebody else makes that user at the same moment.
    """
    address = parse_email(email)
    try:
        return UserId(await find_owner(database, email))
    except NotFound:
        new = UserId(new_id())
    async with database.transaction(Role.ACCOUNTS, new) as connection:
        made = await connection.fetchval(sql.ADD_OWNER, new, address, clock.now(), email_spellings(email))
    if made is None:
        raise Conflict("This user was made by somebody else just now. Try again.")
    return new
