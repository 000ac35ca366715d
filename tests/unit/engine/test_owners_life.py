"""One owner's life: what happens to it, one thing at a time."""

from collections.abc import Callable
from uuid import UUID

import pytest

from sertantai.core.ids import OwnerId, Position
from sertantai.engine.owners_life import Kept, Lives, OwnersLife, Place, Trust

ANN = OwnerId(UUID(int=1))
Step = Callable[[OwnersLife], object]


class InMemory:
    """A copy, as far as a life looks at it."""

    def __init__(self, last: int = 0) -> None:
        self.last = Position(last)


def read(life: OwnersLife, last: int = 0, *, from_checkpoint: bool = False) -> InMemory:
    hot = InMemory(last)
    life.arrived(hot, from_checkpoint=from_checkpoint)
    return hot


def save(life: OwnersLife) -> None:
    assert life.hot is not None
    life.saved(life.hot, life.hot.last)


def leave(life: OwnersLife) -> None:
    assert life.may_leave(Position(0))
    life.gone()


def is_read(life: OwnersLife) -> object:
    return read(life)


def is_read_from_checkpoint(life: OwnersLife) -> object:
    return read(life, from_checkpoint=True)


HERE, AWAY = Place.HERE, Place.AWAY
STORIES: list[tuple[str, list[Step], tuple[Place, Trust, Kept]]] = [
    ("read", [is_read], (HERE, Trust.SURE, Kept.BEHIND)),
    ("read, saved", [is_read, save], (HERE, Trust.SURE, Kept.CURRENT)),
    ("changed again", [is_read, save, OwnersLife.changed], (HERE, Trust.SURE, Kept.BEHIND)),
    ("left", [is_read, save, leave], (AWAY, Trust.SURE, Kept.CURRENT)),
    ("from a checkpoint", [is_read_from_checkpoint], (HERE, Trust.FROM_CHECKPOINT, Kept.BEHIND)),
    ("left so", [is_read_from_checkpoint, save, leave], (AWAY, Trust.FROM_CHECKPOINT, Kept.CURRENT)),
    ("refused", [is_read, save, OwnersLife.refused], (HERE, Trust.DOUBTED, Kept.WRONG)),
    ("doubted", [is_read, save, OwnersLife.doubted], (HERE, Trust.DOUBTED, Kept.CURRENT)),
    ("doubted, not saved", [is_read, OwnersLife.doubted, save], (HERE, Trust.DOUBTED, Kept.BEHIND)),
    (
        "refused, taken out too early",
        [is_read, OwnersLife.refused, OwnersLife.taken_out],
        (HERE, Trust.DOUBTED, Kept.WRONG),
    ),
    (
        "read anew",
        [is_read, OwnersLife.refused, OwnersLife.is_read_anew, OwnersLife.gone],
        (AWAY, Trust.SURE, Kept.WRONG),
    ),
    (
        "doubted, read anew",
        [is_read, save, OwnersLife.doubted, OwnersLife.is_read_anew, OwnersLife.gone],
        (AWAY, Trust.SURE, Kept.WRONG),
    ),
    (
        "read anew, taken out",
        [OwnersLife.refused, OwnersLife.is_read_anew, OwnersLife.taken_out],
        (AWAY, Trust.SURE, Kept.CURRENT),
    ),
    ("wrong until it is saved", [OwnersLife.is_read_anew, is_read], (HERE, Trust.SURE, Kept.WRONG)),
    ("and then not", [OwnersLife.is_read_anew, is_read, save], (HERE, Trust.SURE, Kept.CURRENT)),
    (
        "taken out while they are here",
        [OwnersLife.is_read_anew, is_read, OwnersLife.taken_out],
        (HERE, Trust.SURE, Kept.BEHIND),
    ),
    ("cannot be written", [is_read, OwnersLife.not_saved], (HERE, Trust.SURE, Kept.UNWRITABLE)),
    (
        "taken out, and not tried again",
        [is_read, OwnersLife.not_saved, OwnersLife.taken_out],
        (HERE, Trust.SURE, Kept.CURRENT),
    ),
    (
        "before they change",
        [is_read, OwnersLife.not_saved, OwnersLife.changed],
        (HERE, Trust.SURE, Kept.WRONG),
    ),
    ("read while doubted", [OwnersLife.doubted, is_read], (HERE, Trust.DOUBTED, Kept.BEHIND)),
    (
        "read after the doubt",
        [OwnersLife.doubted, OwnersLife.reads, is_read],
        (HERE, Trust.SURE, Kept.BEHIND),
    ),
]


@pytest.mark.parametrize(("steps", "then"), [story[1:] for story in STORIES], ids=[one[0] for one in STORIES])
def test_what_happens_to_a_life(steps: list[Step], then: tuple[Place, Trust, Kept]) -> None:
    lives = Lives()
    life = lives.of(ANN)
    for step in steps:
        step(life)
    assert (life.place, life.trust, life.kept) == then
    assert (lives.of(ANN) is life) == (then != (AWAY, Trust.SURE, Kept.CURRENT))


def test_nobody_leaves_with_something_outstanding() -> None:
    life = Lives().of(ANN)
    read(life, last=7)
    at = Position(7)
    assert not life.may_leave(at), "no checkpoint is on the disk"
    save(life)
    assert life.may_leave(at)
    assert not life.may_leave(Position(6)), "PostgreSQL lacks something"
    life.in_flight = 1
    assert not life.may_leave(at)
    life.in_flight, life.awaited = 0, 1
    assert not life.may_leave(at), "whoever waits for them would change a copy that is none any more"
    life.awaited = 0
    life.recovered(Position(9), is_unsynced=True)
    assert not life.may_leave(at)
    life.synced(Position(8))
    assert not life.may_leave(at)
    life.synced(Position(9))
    assert life.may_leave(at)


def test_a_copy_that_has_changed_while_it_was_written_is_not_saved() -> None:
    life = Lives().of(ANN)
    hot = read(life, last=7)
    life.saved(hot, Position(6))
    assert life.is_unsaved
    life.gone()
    again = read(life, last=7)
    life.saved(hot, Position(7))
    assert life.is_unsaved, "it was another copy"
    life.saved(again, Position(7))
    assert not life.is_unsaved


def test_a_doubted_owner_is_read_anew_once_nothing_is_on_its_way() -> None:
    life = Lives().of(ANN)
    read(life, last=7)
    life.in_flight = 1
    life.refused()
    assert not life.is_to_be_read_anew(Position(7)), "an operation would be folded into nothing"
    life.in_flight = 0
    assert not life.is_to_be_read_anew(Position(6))
    assert life.is_to_be_read_anew(Position(7))


@pytest.mark.parametrize("trust", list(Trust))
def test_of_whom_nothing_is_outstanding_nothing_is_kept(trust: Trust) -> None:
    lives = Lives()
    life = lives.of(ANN)
    life.recovered(Position(3), is_unsynced=True)
    read(life, last=3, from_checkpoint=trust is Trust.FROM_CHECKPOINT)
    if trust is Trust.DOUBTED:
        life.doubted()
    lives.synced(Position(3), None)
    lives.database_back()
    if life.is_to_be_read_anew(Position(3)):
        life.is_read_anew()
        life.gone()
    else:
        save(life)
        life.gone()
    for wrong in list(lives.unusable):
        wrong.taken_out()
    assert len(lives) == 1, "a checkpoint of an earlier run may not be the whole story"
    life.trimmed(Position(3))
    assert len(lives) == 0
    assert lives.highest == 3
