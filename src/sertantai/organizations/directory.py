"""What only PostgreSQL knows of organizations and members: addresses, and when an organization began."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import OwnerId, UserId, uuid_of
from sertantai.core.lasting.retention import Period, Retention
from sertantai.organizations import operator_sql, sql
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.model import Listed, ListedMember, Sized
from sertantai.postgres import Database, Role, plain_uuid


class Directory:
    """What is asked for here is left out of an answer while PostgreSQL is not available."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def created_at(self, organizations: Sequence[OwnerId]) -> Mapping[OwnerId, datetime]:
        try:
            async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
                rows = await connection.fetch(sql.CREATED_AT, organizations)
        except DatabaseUnavailable:
            return {}
        return {row["id"]: row["created_at"] for row in rows}

    async def addresses(self, members: Iterable[UserId]) -> Mapping[UserId, str]:
        """E-mail addresses, for who may see them."""
        try:
            async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
                rows = await connection.fetch(sql.ADDRESSES, list(members))
        except DatabaseUnavailable:
            return {}
        return {row["id"]: row["email"] for row in rows if row["email"] is not None}

    async def retention(self, organization: OwnerId) -> Retention | None:
        """For how long its trail is kept, as PostgreSQL has heard. Raises `DatabaseUnavailable`."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.RETENTION, organization)
        periods = [
            Period(row["keep_months"], row["in_force_from"], row["set_at"], row["set_by"]) for row in rows
        ]
        return Retention(*periods) if periods else None

    async def all(self) -> list[Listed]:
        """Every organization, for the operator: nothing of what is in it. Raises `DatabaseUnavailable`."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.ALL_ORGANIZATIONS)
        return [
            Listed(row["id"], row["slug"], row["name"], row["members"], row["created_at"], row["ends_at"])
            for row in rows
        ]

    async def page(self, after: str, limit: int) -> list[Sized]:
        """For the site's administrators, by slug: how large each is, and nothing of what is in it. Raises
        `DatabaseUnavailable`."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            rows = await connection.fetch(sql.ORGANIZATIONS_AFTER, after, limit)
        return [
            Sized(
                OwnerId(plain_uuid(row["id"])),
                row["slug"],
                row["name"],
                row["members"],
                row["lists"],
                row["created_at"],
                row["ends_at"],
            )
            for row in rows
        ]

    async def former_names(self, organization: OwnerId, people: Sequence[UserId]) -> dict[UserId, str]:
        """What those were called who have left, when they left."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.FORMER_NAMES, organization, people)
        return {UserId(plain_uuid(row["user_id"])): row["name"] for row in rows}

    async def find(self, reference: str) -> OwnerId:
        """For the operator: by slug or UUID. Raises `OrganizationNotFound`."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            found = await connection.fetchval(sql.FIND_BY_REFERENCE, reference, uuid_of(reference))
        if found is None:
            raise OrganizationNotFound
        return OwnerId(plain_uuid(found))

    async def members(self, organization: OwnerId) -> list[ListedMember]:
        """For the operator; as far as PostgreSQL has caught up."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(operator_sql.MEMBERS, organization)
        return [
            ListedMember(
                row["user_id"], row["email"], row["name"], row["role"], row["joined_at"], row["suspended"]
            )
            for row in rows
        ]
