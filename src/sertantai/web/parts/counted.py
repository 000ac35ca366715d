"""What is counted of all the notes of a list: once for each state of it, however many pages show it."""

from typing import Final, Generic, TypeVar

from sertantai.core.ids import GroupId
from sertantai.core.state import GroupState

LISTS_KEPT_MAX: Final = 2_000

T = TypeVar("T")


class Counted(Generic[T]):
    """By list and version; the oldest go first."""

    def __init__(self) -> None:
        self._known: dict[tuple[GroupId, int], T] = {}

    def of(self, group: GroupState) -> T | None:
        return self._known.get((group.id, group.version))

    def keep(self, group: GroupState, counted: T) -> T:
        while len(self._known) >= LISTS_KEPT_MAX:
            del self._known[next(iter(self._known))]
        self._known[group.id, group.version] = counted
        return counted
