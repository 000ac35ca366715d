"""Makes the database roles, and lets logins take them on: one login all of them, or of two the one that
migrates the owner's, and the server's own the rest.

Roles belong to the whole cluster: another database of it may be migrated at the same moment, so every step
may find its work done, or be crossed, by another.
"""

import asyncio

import asyncpg

from sertantai.postgres.errors import MigrationFailed
from sertantai.postgres.roles import Role

ATTEMPTS_MAX = 10
ATTEMPT_PAUSE_S = 0.05

EXISTING_ROLES = "SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1::text[])"
# Role names cannot be parameters; these come from the Role enumeration and hold only a-z and _.
CREATE_ROLE = "CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT"
# SET: to take the role on; INHERIT FALSE: only when asked to, so that forced row security binds the login.
GRANT_ROLE = "GRANT {role} TO {login} WITH INHERIT FALSE, SET TRUE"
GRANT_ROLE_15 = "GRANT {role} TO {login}"
MAY_SET_ROLE = "SELECT pg_has_role($2::name, $1, 'SET')"
MAY_SET_ROLE_15 = "SELECT pg_has_role($2::name, $1, 'MEMBER')"
UNSAFE_ROLES = (
    "SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1::text[]) AND (rolsuper OR rolbypassrls)"
)
SCHEMA_IS_OPEN = "SELECT has_schema_privilege('sertantai_migrator', 'public', 'CREATE')"
OPEN_SCHEMA = "GRANT USAGE, CREATE ON SCHEMA public TO sertantai_migrator"
QUOTED = "SELECT quote_ident($1)"
CURRENT_USER = "SELECT current_user::text"

_CROSSED = (
    asyncpg.DuplicateObjectError,
    asyncpg.UniqueViolationError,
    asyncpg.InternalServerError,  # "tuple concurrently updated"
)


async def ensure_roles(connection: "asyncpg.Connection[asyncpg.Record]", serving: str | None = None) -> None:
    """``serving`` is the server's own login; None: the connecting user is.

    Raises `MigrationFailed` holding the SQL for a DBA when the connecting user may not do it.
    """
    logins = await _logins(connection, serving)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            await _ensure_roles(connection, logins)
            return
        except _CROSSED:
            if attempt == ATTEMPTS_MAX:
                raise
            await asyncio.sleep(ATTEMPT_PAUSE_S * attempt)
        except asyncpg.InsufficientPrivilegeError as exc:
            raise MigrationFailed(await _for_the_dba(connection, logins)) from exc


async def _logins(connection: "asyncpg.Connection[asyncpg.Record]", serving: str | None) -> dict[Role, str]:
    """Who takes on which role."""
    migrates = str(await connection.fetchval(CURRENT_USER))
    serves = migrates if serving is None else serving
    return {role: migrates if role is Role.MIGRATOR else serves for role in Role}


async def _ensure_roles(connection: "asyncpg.Connection[asyncpg.Record]", logins: dict[Role, str]) -> None:
    names = [str(role) for role in Role]
    existing = {row["rolname"] for row in await connection.fetch(EXISTING_ROLES, names)}
    for role in Role:
        if role not in existing:
            await connection.execute(CREATE_ROLE.format(role=role))
    old = connection.get_server_version() < (16, 0)
    for role, login in logins.items():
        if not await connection.fetchval(MAY_SET_ROLE_15 if old else MAY_SET_ROLE, str(role), login):
            quoted = await connection.fetchval(QUOTED, login)
            await connection.execute((GRANT_ROLE_15 if old else GRANT_ROLE).format(role=role, login=quoted))
    unsafe = await connection.fetch(UNSAFE_ROLES, names)
    if unsafe:
        listed = ", ".join(row["rolname"] for row in unsafe)
        raise MigrationFailed(f"Roles must be subject to row level security, but these are not: {listed}.")
    if not await connection.fetchval(SCHEMA_IS_OPEN):
        await connection.execute(OPEN_SCHEMA)


async def _for_the_dba(connection: "asyncpg.Connection[asyncpg.Record]", logins: dict[Role, str]) -> str:
    user = await connection.fetchval(QUOTED, logins[Role.MIGRATOR])
    statements = [f"{CREATE_ROLE.format(role=role)};" for role in Role]
    statements += [
        f"GRANT {role} TO {await connection.fetchval(QUOTED, login)};" for role, login in logins.items()
    ]
    statements.append(f"{OPEN_SCHEMA};")
    return (
        f"The user {user} may not create Sertantai's database roles. Ask a superuser to run this in the "
        "database (leaving out what exists), then start again. Where another login migrates, set "
        "database_migration_url instead:\n" + "\n".join(statements)
    )
