"""What people write for laws besides what everybody does: "HSE Act", "the site pack". Each has their own, and
so has each organization, for its members."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.citations import states_a_law
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from sertantai.core.ids import OwnerId, UserId
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

Whose = UserId | OwnerId
Say = Callable[[Mapping[str, Any] | None, Mapping[str, Any] | None], Awaitable[None]]
"""Told what was and what is, before it is so; None: there is none."""
CHARACTERS_MIN: Final = 2
CHARACTERS_MAX: Final = 60
LAWS_MAX: Final = 20
"""Laws that one stands for."""
ABBREVIATIONS_MAX: Final = 200
"""Those of one person, or of one organization."""
REMEMBERED_MAX: Final = 2_000
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
        super().__init__("This abbreviation is already there.", field="abbreviation")


class TooManyAbbreviations(Conflict):
    code = "too_many_abbreviations"

    def __init__(self) -> None:
        super().__init__(f"There are {ABBREVIATIONS_MAX} abbreviations, which is the maximum.")


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
        self._remembered: OrderedDict[tuple[UserId, Whose], _Remembered] = OrderedDict()
        """What a person was shown of whose; those who searched last are at the end."""
        self._laws = 0
        """In all that is remembered."""

    async def of(self, whose: Whose) -> list[OwnAbbreviation]:
        """In the order of their letters."""
        async with self._database.transaction(Role.APP, whose, readonly=True) as connection:
            return await _listed(connection, whose)

    async def put(
        self,
        by: UserId,
        whose: Whose,
        id: UUID,
        abbreviation: str,
        laws: Sequence[str],
        say: Say | None = None,
    ) -> OwnAbbreviation:
        """Make one, or change it; again it is the same. Raises `InvalidInput` for what is no abbreviation,
        `AbbreviationTaken`, `TooManyAbbreviations`, and what ``say`` raises: then nothing is done."""
        text, now = abbreviation_text(abbreviation), self._clock.now()
        if not 1 <= len(laws) <= LAWS_MAX:
            raise InvalidInput(f"laws: from 1 to {LAWS_MAX}.", field="laws")
        self._forget(whose)
        is_free = False
        try:
            async with self._database.transaction(Role.APP, whose) as connection:
                before = await _known(connection, whose, id) if say is not None else None
                row = await connection.fetchrow(
                    sql.PUT_ABBREVIATION, whose, id, text, key_of(text), [*laws], now, ABBREVIATIONS_MAX
                )
                theirs, is_free = await _listed(connection, whose), True
                after = None if row is None else _said(_own(row))
                if say is not None and after is not None and _said(before) != after:
                    await say(_said(before), after)
        except Conflict:
            if is_free:
                raise
            raise AbbreviationTaken from None
        self._changed(by, whose, theirs)
        if row is None:
            raise TooManyAbbreviations
        return _own(row)

    async def delete(self, by: UserId, whose: Whose, id: UUID, say: Say | None = None) -> None:
        """Raises `NotFound`, and what ``say`` raises: then nothing is done."""
        self._forget(whose)
        async with self._database.transaction(Role.APP, whose) as connection:
            before = await _known(connection, whose, id) if say is not None else None
            if say is not None and before is not None:
                await say(_said(before), None)
            status = await connection.execute(sql.DELETE_ABBREVIATION, whose, id)
            theirs = await _listed(connection, whose)
        self._changed(by, whose, theirs)
        if not status.endswith(" 1"):
            raise NotFound("This abbreviation does not exist.")

    async def ready(self, person: UserId, organizations: Iterable[OwnerId] = ()) -> Abbreviations:
        """A person's as a finder takes them, and those of organizations that they are in now: what is
        somebody's own comes first. As they were last, or none, where the database does not answer."""
        theirs: tuple[Whose, ...] = (person, *organizations)
        own, *shared = await asyncio.gather(*(self._ready((person, whose)) for whose in theirs))
        return own.before(shared) if shared else own

    async def _ready(self, of: tuple[UserId, Whose]) -> Abbreviations:
        known = self._remembered.get(of, _NOTHING)
        if monotonic() < known.until:
            self._remembered.move_to_end(of)
            return known.abbreviations
        written = self._written
        try:
            async with asyncio.timeout(WAITED_S_MAX):
                known = _remembered(await self.of(of[1]))
        except (Unavailable, TimeoutError):
            known = msgspec.structs.replace(known, until=monotonic() + ASKED_AGAIN_S)
        if written == self._written:  # else it may be older than what was written while it was read
            self._remember(of, known)
        return known.abbreviations

    def _changed(self, by: UserId, whose: Whose, theirs: Sequence[OwnAbbreviation]) -> None:
        """What was just saved is found by at once, however slow the database is by then."""
        self._forget(whose)
        self._remember((by, whose), _remembered(theirs))

    def _remember(self, of: tuple[UserId, Whose], known: "_Remembered") -> None:
        self._drop(of)
        self._remembered[of] = known
        self._laws += known.laws
        while len(self._remembered) > REMEMBERED_MAX or self._laws > LAWS_REMEMBERED_MAX:
            self._drop(next(iter(self._remembered)))

    def _forget(self, whose: Whose) -> None:
        """By all who were shown them."""
        self._written += 1
        for of in [of for of in self._remembered if of[1] == whose]:
            self._drop(of)

    def _drop(self, of: tuple[UserId, Whose]) -> None:
        self._laws -= self._remembered.pop(of, _NOTHING).laws


async def _known(connection: Connection, whose: Whose, id: UUID) -> OwnAbbreviation | None:
    return next((one for one in await _listed(connection, whose) if one.id == id), None)


def _said(one: OwnAbbreviation | None) -> dict[str, Any] | None:
    return None if one is None else {"abbreviation": one.abbreviation, "laws": one.laws}


async def _listed(connection: Connection, whose: Whose) -> list[OwnAbbreviation]:
    return [_own(row) for row in await connection.fetch(sql.LIST_ABBREVIATIONS, whose)]


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
