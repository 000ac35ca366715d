"""All that directories of organizations are served with."""

from collections.abc import Callable

import msgspec

from sertantai.accounts.service import Accounts
from sertantai.core.clock import Clock
from sertantai.core.security_events import SecurityEvents
from sertantai.engine.engine import Engine
from sertantai.organizations.organizations import Organizations
from sertantai.organizations.provisioning.coming import Coming
from sertantai.organizations.provisioning.house import Houses
from sertantai.organizations.provisioning.teams import DirectoryTeams
from sertantai.organizations.provisioning.tokens import DirectoryTokens
from sertantai.organizations.provisioning.users import DirectoryUsers
from sertantai.organizations.settings import WaysSaid
from sertantai.postgres import Database


class Directories(msgspec.Struct, frozen=True):
    """``url`` makes a whole address of a path; its host is a setting, and never the request's."""

    tokens: DirectoryTokens
    users: DirectoryUsers
    teams: DirectoryTeams
    url: Callable[[str], str]


def directories(
    database: Database,
    engine: Engine,
    organizations: Organizations,
    accounts: Accounts,
    clock: Clock,
    events: SecurityEvents,
    said: WaysSaid,
) -> Directories:
    houses = Houses(database, engine, organizations)
    coming = Coming(database, organizations, accounts, clock, said)
    users = DirectoryUsers(database, houses, coming, clock, said)
    return Directories(
        DirectoryTokens(database, engine, clock, events),
        users,
        DirectoryTeams(database, houses, users, clock),
        accounts.letters.url,
    )
