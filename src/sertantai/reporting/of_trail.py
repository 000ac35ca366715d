"""What single rows of the trail answer: removals, all about a law, who changed the rules, access."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sertantai.audit.lineage import MOVED
from sertantai.core.audit_words import (
    EXPORT_LIST,
    LOOK_IN,
    OF_LISTS,
    OF_ORGANIZATIONS,
    OF_RECORDS,
    REMOVING,
    UPDATE_GROUP,
)
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.ids import TeamId, UserId
from sertantai.files.report_rows import Row
from sertantai.postgres import Connection, Record
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.paging import Names, Pages, counted, name_in, newest_first, who
from sertantai.reporting.sight import Sight
from sertantai.reporting.wording import ABOUT, SOURCES, details, done, note_of, reason_of

OF_RULES: Final = tuple(word for word in (*OF_LISTS, *OF_ORGANIZATIONS) if word not in (LOOK_IN, EXPORT_LIST))
OF_ACCESS: Final = (EXPORT_LIST, LOOK_IN, UPDATE_GROUP)


async def law_number(sight: Sight, text: str) -> int:
    """The law that an id or a name means. Raises `NotFound`."""
    if not text:
        raise InvalidInput("law: this question needs it.", field="law")

    async def read(connection: Connection) -> int | None:
        try:
            found: int | None = await connection.fetchval(sql.LAW_BY_ID, UUID(text))
        except ValueError:
            found = await connection.fetchval(sql.LAW_BY_NAME, text)
        return found

    number = await sight.reading(read)
    if number is None:
        raise NotFound(f"There is no law {text[:60]!r} in the register.", field="law")
    return number


def _is_of_one(asked: Asked) -> bool:
    """Of one law or person: of those there are indexes by time."""
    return bool(asked.law or asked.person is not None)


class OfChanges:
    """What was done to laws: removals, and all about one law."""

    def __init__(self, actions: Sequence[str], *, with_what: bool) -> None:
        self._actions = list(actions)
        self._with_what = with_what

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        statement, narrowed = await self._asked(sight, asked, 0)
        make, is_in_order = self._row(sight), _is_of_one(asked)
        async for page in newest_first(
            sight, asked, statement, narrowed, make, chunk, is_in_order=is_in_order
        ):
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        statement, narrowed = await self._asked(sight, asked, 1)
        return await counted(sight, asked, statement, narrowed, edges, is_in_order=_is_of_one(asked))

    async def _asked(self, sight: Sight, asked: Asked, form: int) -> tuple[str, tuple[Any, ...]]:
        law = await law_number(sight, asked.law) if asked.law else None
        way = "law" if law is not None else "person" if asked.person is not None else ""
        forms = sql.CHANGES if sight.owner is not None else sql.CHANGES_OF_EVERYBODY
        by = (asked.family, asked.type, asked.source, asked.reason, asked.person, law)
        return forms[way][form], (self._actions, MOVED, *by)

    def _row(self, sight: Sight) -> Any:
        def make(row: Record, names: Names) -> Row:
            said = row["metadata"]
            law = (row["record_name"], row["title_en"])
            kind = (done(row["action"], said),) if self._with_what else (row["family"],)
            listed = sight.list_name(row["group_id"], row["group_name"])
            how = SOURCES.get(said.get("source", "hand"), said.get("source"))
            by = name_in(names, who(row))
            where = (row["ip"], row["user_agent"])
            return (
                *(row["at"], *law, *kind, listed, by, how),
                *(reason_of(said), note_of(said), str(row["operation_id"] or ""), *where),
            )

        return make


class OfRules:
    """What was done to lists, members, rights and settings; and who had a look."""

    def __init__(self, actions: Sequence[str], *, opened: bool) -> None:
        self._actions = list(actions)
        self._opened = opened

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        make = _access_row(sight) if self._opened else _rule_row(sight)
        statement, narrowed = self._asked(sight, asked, 0)
        async for page in newest_first(sight, asked, statement, narrowed, make, chunk, people=_people):
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        statement, narrowed = self._asked(sight, asked, 1)
        return await counted(sight, asked, statement, narrowed, edges)

    def _asked(self, sight: Sight, asked: Asked, form: int) -> tuple[str, tuple[Any, ...]]:
        forms = sql.RULES if sight.owner is not None else sql.RULES_OF_EVERYBODY
        return forms[form], (self._actions, asked.person, UPDATE_GROUP, self._opened)


def _people(row: Record) -> list[UUID | None]:
    return [who(row), _about(row)]


def _about(row: Record) -> UUID | None:
    for name in ABOUT:
        said = row["metadata"].get(name)
        if said:
            try:
                return UUID(str(said))
            except ValueError:
                return None
    return None


def _team(sight: Sight, id: UUID) -> str | None:
    return None if sight.access is None else sight.access.teams.get(TeamId(id))


def _looker(said: dict[str, Any]) -> str | None:
    """No member: only the line itself knows them."""
    name = said.get("name") if "looker" in said else None
    return f"{name}, an administrator of this site" if name else None


def _rule_row(sight: Sight) -> Any:
    def make(row: Record, names: Names) -> Row:
        said, about = row["metadata"], _about(row)
        by = name_in(names, who(row))
        listed = sight.list_name(row["group_id"], row["group_name"]) if row["group_id"] else None
        whom = None if about is None else names.get(UserId(about)) or _team(sight, about) or said.get("name")
        said_too = details(said, personal=sight.personal)
        where = (str(row["operation_id"] or ""), row["ip"], row["user_agent"])
        return row["at"], done(row["action"], said), whom, listed, by, said_too, *where

    return make


def _access_row(sight: Sight) -> Any:
    def make(row: Record, names: Names) -> Row:
        said = row["metadata"]
        by = _looker(said) or name_in(names, who(row))
        listed = sight.list_name(row["group_id"], row["group_name"]) if row["group_id"] else None
        return row["at"], done(row["action"], said), listed, by, details(said, personal=sight.personal)

    return make


REMOVALS: Final = OfChanges(REMOVING, with_what=False)
LAW: Final = OfChanges(OF_RECORDS, with_what=True)
RULES: Final = OfRules(OF_RULES, opened=False)
ACCESS: Final = OfRules(OF_ACCESS, opened=True)
