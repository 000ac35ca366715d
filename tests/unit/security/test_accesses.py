"""Who took a list along or read it: told once a day, and never more than there is room for."""

from typing import Any
from uuid import UUID

from sertantai.core.clock import ManualClock
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.security.accesses import READ_TODAY_MAX, WAITING_MAX, Accesses

WHO, LIST, WHOSE = UserId(UUID(int=1)), GroupId(UUID(int=2)), OwnerId(UUID(int=3))
NOBODY: Any = None


def test_a_list_that_is_read_again_and_again_is_told_once_a_day() -> None:
    clock = ManualClock()
    accesses = Accesses(NOBODY, NOBODY, clock)
    for _ in range(3):
        accesses.read(WHO, LIST, WHOSE)
    accesses.read(UserId(UUID(int=9)), LIST, WHOSE)
    assert accesses.waiting == 2
    clock.advance(24 * 3600)
    accesses.read(WHO, LIST, WHOSE)
    assert accesses.waiting == 3


def test_of_whom_it_is_remembered_is_bounded_and_so_is_what_waits() -> None:
    accesses = Accesses(NOBODY, NOBODY, ManualClock())
    for number in range(READ_TODAY_MAX + 1):
        accesses.read(UserId(UUID(int=number)), LIST, WHOSE)
    assert accesses.remembered == READ_TODAY_MAX
    assert accesses.waiting == WAITING_MAX
