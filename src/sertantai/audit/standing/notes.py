"""What is noted with laws in lists, held against the trail: notes and tags, who wrote them, places, reviews.

The lines of each law in each list are folded as the operations were, wherever the list went meanwhile. Laws
of which nothing was ever noted are not read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import Differing
from sertantai.core.audit_words import ADDING, NOTES, REMOVING
from sertantai.core.ids import UserId
from sertantai.core.notes import SIGNATURES, merged
from sertantai.core.sharing.hand_over_steps import signed_by, unsigned
from sertantai.core.state import CAME_FROM
from sertantai.postgres import Connection

Pause = Callable[[int], Awaitable[None]]
PREFETCH_ROWS: Final = 2_000
HANDED_TO: Final = "handed_over_to"
NOTED: Final = "noted"
"""What came with a law as it was added."""
_WORDS: Final = {
    "note": "the note",
    "note_by": "who wrote the note",
    "note_at": "when the note was written",
    "tags": "the tags",
    "rank": "its place in the list",
    "ranked_by": "who gave it its place",
    "reviewed_at": "when it was reviewed",
    "reviewed_by": "who reviewed it",
    "responsible": "who answers for it",
    "review_on": "when it is to be reviewed",
}


class NoteTold:
    """What lines tell of one law in one list. ``note`` None: it is not in it. ``is_whole``: nothing that was
    noted since it was added is unknown."""

    def __init__(self, *, is_whole: bool) -> None:
        self.is_whole = is_whole
        self.note: dict[str, Any] = {}
        self.at: datetime | None = None

    def play(self, row: Any, organizations: Collection[UUID]) -> None:
        said, action, at = row["metadata"], row["action"], row["created_at"]
        if HANDED_TO in said:
            return  # it is there still, in the same list
        self.at = at
        if "redacted" in said:
            self.is_whole, self.note = False, {}
        elif CAME_FROM in said:
            self._move(UUID(said[CAME_FROM]), row["user_id"], at, organizations)
        elif action in ADDING:
            self.is_whole, self.note = True, dict(said.get(NOTED, {}))
        elif action in REMOVING:
            self.is_whole, self.note = True, {}
        elif action in NOTES:
            self._change(said.get("changes", {}), said.get("before", {}), str(row["actor_id"]), at)

    def _change(
        self, changes: Mapping[str, Any], before: Mapping[str, Any], actor: str, at: datetime
    ) -> None:
        """Signatures are the fold's: those that changed and were not asked for are of whoever did it."""
        self.note = merged(self.note, changes) if self.is_whole else {**self.note, **changes}
        for name, of in SIGNATURES.items():
            if name not in before or name in changes:
                continue
            value = at.isoformat() if name == "note_at" else actor
            if self.note.get(of) is not None:
                self.note[name] = value
            elif self.is_whole:
                self.note.pop(name, None)
            else:
                self.note[name] = None

    def _move(self, giver: UUID, receiver: UUID, at: datetime, organizations: Collection[UUID]) -> None:
        if receiver not in organizations:
            [self.note] = unsigned({0: self.note}).values()
        elif giver not in organizations:
            [self.note] = signed_by(UserId(giver), at, {0: self.note}).values()

    def differing(self, stored: Mapping[str, Any]) -> Iterator[str]:
        names = {*self.note, *stored} if self.is_whole else set(self.note)
        return (name for name in sorted(names) if self.note.get(name) != stored.get(name))


async def differing_notes(
    connection: Connection, since: Mapping[UUID, datetime], pause: Pause | None
) -> AsyncIterator[Differing]:
    """``since``: from when on the trail of owners is complete, of those of whom something was let go."""
    organizations = {row["id"] for row in await connection.fetch(sql.ORGANIZATIONS)}
    key: tuple[UUID, int] | None = None
    told, stored = NoteTold(is_whole=True), None
    async for row in connection.cursor(sql.NOTED_LINES, list(NOTES), prefetch=PREFETCH_ROWS):
        own = (row["group_id"], row["record_no"])
        if own != key:
            if stored is not None:
                for one in _compared(stored, told):
                    yield one
            key, stored = own, row
            told = NoteTold(is_whole=row["owner"] not in since)
        if row["action"] is None:
            continue  # nothing of it is in the trail
        if row["created_at"] < since.get(row["user_id"], row["created_at"]):
            told.is_whole = False
            continue
        told.play(row, organizations)
        if pause is not None:
            await pause(1)
    if stored is not None:
        for one in _compared(stored, told):
            yield one


def _compared(row: Any, told: NoteTold) -> Iterator[Differing]:
    stored = row["stored"]
    names = list(told.differing(stored))
    if names:
        what = ", ".join(_WORDS.get(name, repr(name)) for name in names)
        day = "" if told.at is None else f"{told.at:%Y-%m-%d %H:%M}: "
        of = f"{row['law']} in the list {row['list_name']!r} ({row['group_id']}) of user {row['owner']}"
        found = ["note", str(row["group_id"]), row["record_no"], {name: stored.get(name) for name in names}]
        yield Differing(
            f"{day}what is noted with {of} is not what the trail leads to: {what}.",
            row["owner"],
            row["group_id"],
            told.at,
            found,
        )
