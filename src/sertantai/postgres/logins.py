"""As whom the database is reached: the server's own login, and the one that migrates.

The server's login takes on what the roles may, and no more: it adds to the trail and cannot change it. Only
the other one may become the owner of the tables, who could switch off what guards them.
"""

from typing import Any

import msgspec

from sertantai.postgres import cluster, logins_sql
from sertantai.postgres.roles import Role

_BECAUSE = {
    "superuser": "it is a superuser",
    "owner": f"it may become {Role.MIGRATOR}",
    "makes_roles": "it may give itself any role (CREATEROLE)",
    "owns_database": "it owns the database or its schema",
    "owns_tables": "it owns tables that are kept for ever",
    "privileges": "it has rights to change tables that are kept for ever",
    "writes_everything": "it may write everything, or files of the server",
}


def migrating(dsn: str, migration_url: str | None = None) -> str:
    """The DSN that migrates, backs up and restores, beside the server's own: as told; the embedded
    PostgreSQL's second login; or the same, where there is only one."""
    if migration_url is not None:
        return migration_url
    own = f"//{cluster.LOGIN}@"
    if cluster.is_embedded(dsn) and own in dsn:
        return dsn.replace(own, f"//{cluster.MIGRATION_LOGIN}@", 1)
    return dsn


class Standing(msgspec.Struct, frozen=True):
    """What a login could do to what is kept for ever. ``reasons``: why it could change it; empty: it cannot.
    ``two_wanted``: there is another login that migrates."""

    login: str
    database: str
    reasons: list[str]
    two_wanted: bool

    @property
    def harmless(self) -> bool:
        return not self.reasons

    @property
    def because(self) -> str:
        return ", ".join(_BECAUSE[reason] for reason in self.reasons)

    @property
    def warning(self) -> str:
        return (
            f"The server's database user {self.login} can change what is kept for ever ({self.because}): "
            "anyone who has its password can rewrite who decided what, and switch off what would refuse it."
        )

    @property
    def mending(self) -> str:
        """What to run as a superuser, in that database, and what to set."""
        if "superuser" in self.reasons:
            return "Give the server another user, an ordinary one: see docs/guides/operate.md."
        role = "THE_USER_OF_DATABASE_MIGRATION_URL" if self.two_wanted else cluster.MIGRATION_LOGIN
        statements = []
        if not self.two_wanted:
            statements += [one.format(role=role, owner=Role.MIGRATOR) for one in logins_sql.MAKE_ANOTHER]
        for reason, statement in logins_sql.MEND.items():
            if reason in self.reasons:
                statements.append(
                    statement.format(database=self.database, login=self.login, role=role, owner=Role.MIGRATOR)
                )
        told = "; ".join(statements)
        given = "" if self.two_wanted else f" Then set SERTANTAI_DATABASE_MIGRATION_URL, with {role}."
        return f"As a superuser, in that database: {told}.{given}"


async def standing(connection: Any, *, two_wanted: bool) -> Standing:
    """Of the login that opened ``connection``, whatever role it has taken on."""
    row = await connection.fetchrow(logins_sql.STANDING, str(Role.MIGRATOR))
    return Standing(row["login"], row["database"], list(row["reasons"]), two_wanted)
