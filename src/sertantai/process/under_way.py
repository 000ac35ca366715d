"""Work that goes on for a while: files that are made or read, smart lists that are looked at anew.

Whoever works says how far it is, and goes on at once. Nobody is asked; what is under way is kept here for as
long as it is, for those who come in the midst of it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from sertantai.process.new_ids import new_id

OF_ONE_MAX: Final = 100
"""Of one person, or one organization; what is beyond it goes on without a word."""


class WorkKind(StrEnum):
    IMPORT = "import"
    EXPORT = "export"
    SMART_LIST = "smart_list"


class WorkState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Work(msgspec.Struct, frozen=True, omit_defaults=True):
    """``ahead``: how many are before it while it waits. ``done`` of ``of``: laws or lines, once it runs."""

    id: str
    kind: WorkKind
    state: WorkState
    list: UUID | None = None
    name: str | None = None
    ahead: int | None = None
    done: int | None = None
    of: int | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (WorkState.DONE, WorkState.FAILED)


Heard = Callable[[UUID, Work], None]
"""Whose, and how it is now. It only takes note: the work goes on behind it."""


class UnderWay:
    """``listeners`` hear of each step, in the turn in which it happens."""

    def __init__(self) -> None:
        self.listeners: list[Heard] = []
        self._now: dict[UUID, dict[str, Work]] = {}

    def of(self, whose: UUID) -> list[Work]:
        return list(self._now.get(whose, {}).values())

    def piece(
        self,
        whose: UUID,
        kind: WorkKind,
        *,
        id: str | None = None,
        list: UUID | None = None,
        name: str | None = None,
    ) -> "Piece":
        """Nothing is told of it before it waits or runs. ``id`` None: a new one."""
        return Piece(self, whose, Work(id or str(new_id()), kind, WorkState.WAITING, list, name))

    def say(self, whose: UUID, work: Work) -> None:
        own = self._now.get(whose, {})
        if work.is_over:
            if own.pop(work.id, None) is None:
                return  # nobody was told that it began
            if not own:
                del self._now[whose]
        elif own.get(work.id) == work or (work.id not in own and len(own) >= OF_ONE_MAX):
            return
        else:
            self._now.setdefault(whose, own)[work.id] = work
        for heard in self.listeners:
            heard(whose, work)


class Piece:
    """One piece of work, from its beginning to its end."""

    __slots__ = ("_is_over", "_under_way", "_whose", "_work")

    def __init__(self, under_way: UnderWay, whose: UUID, work: Work) -> None:
        self._under_way = under_way
        self._whose = whose
        self._work = work
        self._is_over = False

    def waits(self, ahead: int | None = None) -> None:
        self._say(WorkState.WAITING, ahead=ahead)

    def runs(self, done: int | None = None, of: int | None = None) -> None:
        self._say(WorkState.RUNNING, done=done, of=of)

    def ends(self, *, well: bool) -> None:
        """Any number of times; the first one counts, and nothing is told behind it."""
        self._say(WorkState.DONE if well else WorkState.FAILED)
        self._is_over = True

    def _say(
        self, state: WorkState, ahead: int | None = None, done: int | None = None, of: int | None = None
    ) -> None:
        if self._is_over:
            return
        now = msgspec.structs.replace(self._work, state=state, ahead=ahead, done=done, of=of)
        self._under_way.say(self._whose, now)
