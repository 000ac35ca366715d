"""What lists say of themselves, held against their lines in the trail: name, description, filter and all
other settings, when they were made and set aside, links to them. Whether they are there at all.

The lines are folded as the operations were, list after list, wherever a list went meanwhile. What stood in
lines that were let go is not known any more: then that alone is compared which was told since.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import Differing
from sertantai.core.audit_words import CREATE_GROUP, DELETE_GROUP, HAND_OVER, TAKE_OVER, UPDATE_GROUP
from sertantai.core.links import LINK_PREFIX, link_key
from sertantai.core.operations import CopiedFrom
from sertantai.core.state import CAME_AT, CAME_FROM, CAME_POSITION, COPIED_FROM, settings_said
from sertantai.postgres import Connection

Pause = Callable[[int], Awaitable[None]]
PREFETCH_ROWS: Final = 1_000
DELETED_AT, DELETED_BY, DELETED_NAME = "deleted_at", "deleted_by", "deleted_name"
CREATED_AT: Final = "created_at"
NAME, DESCRIPTION = "name", "description"
FIRST_NAME: Final = "default"
ACTIONS: Final = [CREATE_GROUP, UPDATE_GROUP, DELETE_GROUP, TAKE_OVER, HAND_OVER]
_WORDS: Final = {
    CREATED_AT: "when it was made",
    DELETED_AT: "when it was set aside",
    DELETED_BY: "what set it aside",
    CAME_FROM: "whom it came from",
    CAME_AT: "when it came",
    CAME_POSITION: "where it came",
    COPIED_FROM: "what it is a copy of",
}
_BESIDE: Final = ("restricted", "four_eyes")
"""Who may see a list follows from who may do what, which is compared with that."""


class ListTold:
    """A list as its lines tell of it. ``told``: by name what it says, and when that was said. ``is_whole``:
    nothing of its history is missing."""

    def __init__(self, *, is_whole: bool) -> None:
        self.is_whole = is_whole
        self.is_there = False
        self.owner: UUID | None = None
        self.name = ""
        self.told: dict[str, tuple[Any, datetime]] = {}
        self.last: datetime | None = None
        self._deleted = False
        self._open: frozenset[str] = frozenset()

    def play(self, row: Any) -> None:
        said, at, action = row["metadata"], row["created_at"], row["action"]
        if action == HAND_OVER:
            return  # whoever has it now says so
        if "redacted" in said:
            self.is_whole, self.told = False, {}
            return
        self.is_there, self.owner, self.last = True, row["user_id"], at
        self.name = row["selection_group"] or self.name
        if action == CREATE_GROUP:
            self._begin(row)
            self._say(at, {CREATED_AT: at, COPIED_FROM: _as_stored(said.get(COPIED_FROM))})
        elif action == TAKE_OVER:
            kept = {name: value for name, value in self.told.items() if name in (CREATED_AT, COPIED_FROM)}
            self._open = frozenset() if self.is_whole else frozenset({COPIED_FROM})
            self._begin(row)
            self.told |= kept
            self._say(at, {CAME_FROM: said[CAME_FROM], CAME_AT: at, CAME_POSITION: row["position"]})
        elif action == DELETE_GROUP:
            self._end(row)
        elif action == UPDATE_GROUP:
            self._update(row)

    def _begin(self, row: Any) -> None:
        """Nothing is left of what it said before."""
        said, at = row["metadata"], row["created_at"]
        self.is_whole, self._deleted = True, False
        self.told = {}
        self._say(at, {NAME: said.get(NAME, row["selection_group"]), DESCRIPTION: None})
        self._say(at, said.get("changes", {}))

    def _end(self, row: Any) -> None:
        if "purged" in row["metadata"]:
            self.is_there = False
        elif not self._deleted:
            self._deleted = True
            self._without_links()
            at, by = row["created_at"], str(row["operation_id"])
            self._say(at, {DELETED_AT: at, DELETED_BY: by, DELETED_NAME: row["selection_group"]})
            self._say(at, {NAME: f"{row['selection_group']} (deleted {row['operation_id'].hex})"})

    def _update(self, row: Any) -> None:
        said, at = row["metadata"], row["created_at"]
        if "restored" in said:
            self._say(at, {NAME: row["selection_group"]})
            self._say(at, {DELETED_AT: None, DELETED_BY: None, DELETED_NAME: None})
            self._deleted = False
            return
        if NAME in said:
            self._say(at, {NAME: said[NAME]})
        changes = said.get("changes", {})
        self._say(at, changes)
        if changes.get("restricted"):
            self._without_links()
        if (link := said.get("link")) is not None:
            is_made = link["did"] != "revoked"
            value = [link["by"], link["at"], link["until"], link["notes"]] if is_made else None
            self._say(at, {link_key(link["id"]): value})

    def _say(self, at: datetime, said: Mapping[str, Any]) -> None:
        self.told.update({name: (value, at) for name, value in said.items() if name not in _BESIDE})

    def _without_links(self) -> None:
        for name, (_, at) in list(self.told.items()):
            if name.startswith(LINK_PREFIX):
                self.told[name] = (None, at)

    def differing(self, stored: Mapping[str, Any], now: datetime) -> Iterator[tuple[str, datetime | None]]:
        """What is not as it was told, and when it was. ``stored``: as `stored_as`; ``now``: links that are
        over by then may be gone."""
        names = {*self.told, *stored} if self.is_whole else set(self.told)
        for name in sorted(names):
            told, at = self.told.get(name, (None, None))
            if at is None and (name == CREATED_AT or name in self._open):
                continue  # of one's first list nothing says when it was made
            if same(name, told, stored.get(name)):
                continue
            if name.startswith(LINK_PREFIX) and told is not None and name not in stored:
                if datetime.fromisoformat(told[2]) > now:  # else it was taken away as one that is over
                    yield name, at
            else:
                yield name, at


def _as_stored(source: Mapping[str, Any] | None) -> list[Any] | None:
    """What a list is a copy of is words in its line, and in its metadata an array, as `CopiedFrom` is."""
    return None if source is None else [source[name] for name in CopiedFrom.__struct_fields__]


def same(name: str, told: Any, stored: Any) -> bool:
    if name in (CREATED_AT, DELETED_AT, CAME_AT):
        return _moment(told) == _moment(stored)
    if name.startswith(LINK_PREFIX) and told is not None and isinstance(stored, list):
        return [_as_said(one) for one in told] == [_as_said(one) for one in stored[:4]]
    return bool((told or None) == (stored or None)) if told in (None, "") else bool(told == stored)


def _as_said(value: Any) -> Any:
    """A moment, however it is written."""
    try:
        return _moment(value) if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def stored_as(row: Any) -> dict[str, Any]:
    """What a list says of itself, as the database has it."""
    metadata = row["metadata"]
    beside = (DELETED_AT, DELETED_BY, DELETED_NAME, CAME_FROM, CAME_AT, CAME_POSITION, COPIED_FROM)
    links = {name: value for name, value in metadata.items() if name.startswith(LINK_PREFIX)}
    said = {
        NAME: row["name"],
        DESCRIPTION: row["description"],
        CREATED_AT: row["created_at"],
        **settings_said(metadata),
        **{name: metadata[name] for name in beside if name in metadata},
        **links,
    }
    return {name: value for name, value in said.items() if value is not None}


async def differing_lists(
    connection: Connection, since: Mapping[UUID, datetime], pause: Pause | None
) -> AsyncIterator[Differing]:
    """``since``: from when on the trail of owners is complete, of those of whom something was let go."""
    stored_lists = aiter(connection.cursor(sql.LISTS, prefetch=PREFETCH_ROWS))
    stored = await anext(stored_lists, None)
    async for id, told in _told(connection, since, pause):
        while stored is not None and stored["id"] < id:
            for one in _compared(stored, ListTold(is_whole=stored["user_id"] not in since)):
                yield one
            stored = await anext(stored_lists, None)
        if stored is not None and stored["id"] == id:
            for one in _compared(stored, told):
                yield one
            stored = await anext(stored_lists, None)
        elif told.is_there and await connection.fetchval(sql.IS_THERE, told.owner):
            of = f"The list {told.name!r} ({id}) of user {told.owner}"
            yield Differing(f"{of} is in the trail, and not in the database.", told.owner, id)
    while stored is not None:
        for one in _compared(stored, ListTold(is_whole=stored["user_id"] not in since)):
            yield one
        stored = await anext(stored_lists, None)


async def _told(
    connection: Connection, since: Mapping[UUID, datetime], pause: Pause | None
) -> AsyncIterator[tuple[UUID, ListTold]]:
    id: UUID | None = None
    told = ListTold(is_whole=True)
    async for row in connection.cursor(sql.LIST_LINES, ACTIONS, prefetch=PREFETCH_ROWS):
        if row["group_id"] != id:
            if id is not None:
                yield id, told
            id, told = row["group_id"], ListTold(is_whole=True)
        if row["created_at"] < since.get(row["user_id"], row["created_at"]):
            told.is_whole = False
            continue
        if not told.is_there and row["user_id"] in since:
            told.is_whole = False
        told.play(row)
        if pause is not None:
            await pause(1)
    if id is not None:
        yield id, told


def _compared(row: Any, told: ListTold) -> Iterator[Differing]:
    id, owner, name = row["id"], row["user_id"], row["name"]
    of = f"the list {name!r} ({id}) of user {owner}"
    if not told.is_there and not row["is_default"]:
        if told.is_whole:
            made = row["created_at"]
            said = f"{made:%Y-%m-%d %H:%M}: {of} is said to be made, and is nowhere in the trail."
            yield Differing(said, owner, id, made, ["list", str(id)])
        return
    if row["is_default"] and told.is_whole:
        told.told.setdefault(NAME, (FIRST_NAME, row["created_at"]))
    stored = stored_as(row)
    for what, at in told.differing(stored, row["now"]):
        word = "a link to it" if what.startswith(LINK_PREFIX) else _WORDS.get(what, f"its {what}")
        known = at or told.last
        day = "" if known is None else f"{known:%Y-%m-%d %H:%M}: "
        when = "as was last told in the trail" if at is not None else "as the trail tells it"
        said = f"{day}{of}: {word} is not {when}."
        value = stored.get(what)
        found = ["list", str(id), what, value.isoformat() if isinstance(value, datetime) else value]
        yield Differing(said, owner, id, at, found)
