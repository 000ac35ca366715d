"""What people write for laws besides what everybody does: "HSE Act", "the site pack". Each has their own."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.citations import states_a_law
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from sertantai.core.ids import UserId
from sertantai.core.search_terms import search_terms
from sertantai.core.spelling import one_line
from sertantai.postgres import Connection, Database, Record, Role, plain_uuid
from sertantai.records import own_abbreviations_sql as sql
from sertantai.records.finding.abbreviations import (
    ABBREVIATION_WORDS_MAX,
    NONE,
    Abbreviations,
    key_of,
    of_ones_own,
)

CHARACTERS_MIN: Final = 2
CHARACTERS_MAX: Final = 60
LAWS_MAX: Final = 20
"""Laws that one stands for."""
ABBREVIATIONS_MAX: Final = 200
"""Those of one person."""
PEOPLE_REMEMBERED_MAX: Final = 2_000
LAWS_REMEMBERED_MAX: Final = 100_000
"""Of all of them together: about 10 MB, whatever people add."""
REMEMBERED_S: Final = 30.0
"""On another server somebody's changes are seen after so long."""
WAITED_S_MAX: Final = 1.0
"""A search goes on without them where the database is slow or away."""
ASKED_AGAIN_S: Final = 5.0


class AbbreviationTaken(Conflict):
    code = "abbreviation_taken"

    def __init__(self) -> None:
        super().__init__("You already have this abbreviation.", field="abbreviation")


class TooManyAbbreviations(Conflict):
    code = "too_many_abbreviations"

    def __init__(self) -> None:
        super().__init__(f"You have {ABBREVIATIONS_MAX} abbreviations, which is the maximum.")


class OwnAbbreviation(msgspec.Struct, frozen=True):
    """``laws``: names of the register; all of them are meant."""

    id: UUID
    abbreviation: str
    laws: list[str]
    created_at: datetime
    updated_at: datetime


class OwnAbbreviations:
    """Methods that read and write raise `DatabaseUnavailable`; `ready` does not."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._written = 0
        self._remembered: OrderedDict[UserId, _Remembered] = OrderedDict()
        """Those who searched last are at the end."""
        self._laws = 0
        """In all that is remembered."""

    async def of_user(self, user: UserId) -> list[OwnAbbreviation]:
        """In the order of their letters."""
        async with self._database.transaction(Role.APP, user, readonly=True) as connection:
            return await _listed(connection, user)

    async def put(self, user: UserId, id: UUID, abbreviation: str, laws: Sequence[str]) -> OwnAbbreviation:
        """Make one, or change it; again it is the same. Raises `InvalidInput` for what is no abbreviation,
        `AbbreviationTaken`, `TooManyAbbreviations`."""
        text, now = abbreviation_text(abbreviation), self._clock.now()
        if not 1 <= len(laws) <= LAWS_MAX:
            raise InvalidInput(f"laws: from 1 to {LAWS_MAX}.", field="laws")
        self._forget(user)
        try:
            async with self._database.transaction(Role.APP, user) as connection:
                row = await connection.fetchrow(
                    sql.PUT_ABBREVIATION, user, id, text, key_of(text), [*laws], now, ABBREVIATIONS_MAX
                )
                theirs = await _listed(connection, user)
        except Conflict:
            raise AbbreviationTaken from None
        self._changed(user, theirs)
        if row is None:
            raise TooManyAbbreviations
        return _own(row)

    async def delete(self, user: UserId, id: UUID) -> None:
        """Raises `NotFound`."""
        self._forget(user)
        async with self._database.transaction(Role.APP, user) as connection:
            status = await connection.execute(sql.DELETE_ABBREVIATION, user, id)
            theirs = await _listed(connection, user)
        self._changed(user, theirs)
        if not status.endswith(" 1"):
            raise NotFound("This abbreviation does not exist.")

    async def ready(self, user: UserId) -> Abbreviations:
        """Theirs as a finder takes them; as they were last, or none, where the database does not answer."""
        known = self._remembered.get(user, _NOTHING)
        if monotonic() < known.until:
            self._remembered.move_to_end(user)
            return known.abbreviations
        written = self._written
        try:
            async with asyncio.timeout(WAITED_S_MAX):
                known = _remembered(await self.of_user(user))
        except (Unavailable, TimeoutError):
            known = msgspec.structs.replace(known, until=monotonic() + ASKED_AGAIN_S)
        if written == self._written:  # else it may be older than what was written while it was read
            self._remember(user, known)
        return known.abbreviations

    def _changed(self, user: UserId, theirs: Sequence[OwnAbbreviation]) -> None:
        """What was just saved is found by at once, however slow the database is by then."""
        self._written += 1
        self._remember(user, _remembered(theirs))

    def _remember(self, user: UserId, known: "_Remembered") -> None:
        self._drop(user)
        self._remembered[user] = known
        self._laws += known.laws
        while len(self._remembered) > PEOPLE_REMEMBERED_MAX or self._laws > LAWS_REMEMBERED_MAX:
            self._drop(next(iter(self._remembered)))

    def _forget(self, user: UserId) -> None:
        self._written += 1
        self._drop(user)

    def _drop(self, user: UserId) -> None:
        self._laws -= self._remembered.pop(user, _NOTHING).laws


async def _listed(connection: Connection, user: UserId) -> list[OwnAbbreviation]:
    return [_own(row) for row in await connection.fetch(sql.LIST_ABBREVIATIONS, user)]


class _Remembered(msgspec.Struct, frozen=True):
    """``until``: when they are read again. ``laws``: how many they stand for in all."""

    until: float
    abbreviations: Abbreviations
    laws: int


_NOTHING: Final = _Remembered(0.0, NONE, 0)


def to_find_by(theirs: Sequence[OwnAbbreviation]) -> Abbreviations:
    """As a finder takes them."""
    return Abbreviations(of_ones_own(one.abbreviation, one.laws) for one in theirs) if theirs else NONE


def _remembered(theirs: Sequence[OwnAbbreviation]) -> _Remembered:
    return _Remembered(monotonic() + REMEMBERED_S, to_find_by(theirs), sum(len(one.laws) for one in theirs))


def abbreviation_text(text: str) -> str:
    """One as it is kept. Raises `InvalidInput` for what is none, or would never be looked up."""
    kept = one_line(text, "abbreviation")
    if not CHARACTERS_MIN <= len(kept) <= CHARACTERS_MAX:
        raise InvalidInput(
            f"abbreviation: {CHARACTERS_MIN} to {CHARACTERS_MAX} characters.", field="abbreviation"
        )
    if states_a_law(kept):
        raise InvalidInput("abbreviation: this is the number of a law.", field="abbreviation")
    words = search_terms(kept)
    if len(words) > ABBREVIATION_WORDS_MAX:
        raise InvalidInput(f"abbreviation: at most {ABBREVIATION_WORDS_MAX} words.", field="abbreviation")
    if not any(letter.isalpha() for letter in key_of(kept)):
        raise InvalidInput("abbreviation: it needs a letter.", field="abbreviation")
    return kept


def _own(row: Record) -> OwnAbbreviation:
    return OwnAbbreviation(
        plain_uuid(row["id"]), row["abbreviation"], row["laws"], row["created_at"], row["updated_at"]
    )
