"""What is remembered of a tick is a few bytes, and comes back as the fold made it."""

import gc

from sertantai.core.bitmaps import EMPTY, bitmap, pack
from sertantai.core.changes import Change, replace
from sertantai.core.fold import fold
from sertantai.core.ids import Position, RecordNo
from sertantai.core.operations import Amend, DeleteGroup, Deselect, Operation, PurgeGroup, Select, encode
from sertantai.core.state import OwnerState
from sertantai.engine.recent import TICK_OVERHEAD_BYTES, Recent
from tests.unit.core.strategies import new_state
from tests.unit.engine.engine_house import ANN, LIST_OF, NOTHING, by, noted

LIST = LIST_OF[ANN]


class Desk:
    """One owner, and what is remembered of them."""

    def __init__(self, changes_max: int = 100) -> None:
        self.state = OwnerState(
            ANN, {LIST: replace(next(iter(new_state().groups.values())), id=LIST, is_default=False)}
        )
        self.recent = Recent(self.state)
        self._changes_max = changes_max
        self._position = Position(0)

    def do(self, operation: Operation) -> Change:
        self._position = Position(self._position + 1)
        self.state, change = fold(self.state, self._position, operation)
        self.recent.add(change, encode(operation), self._changes_max, 400_000)
        return change


def select(record: int) -> Select:
    return Select(record=RecordNo(record), **by(ANN, LIST))


def deselect(record: int, reason: str | None = None) -> Deselect:
    return Deselect(record=RecordNo(record), reason=reason, **by(ANN, LIST))


def as_kept(change: Change) -> Change:
    assert change.group is not None
    return replace(change, group=replace(change.group, records=EMPTY, annotations={}))


def test_whoever_asks_for_a_tick_gets_what_the_fold_made_of_it() -> None:
    desk = Desk()
    many = pack(bitmap(range(1, 500)))
    desk.do(Amend(add=many, remove=NOTHING, annotations=noted(7, 1, 20), **by(ANN, LIST)))
    made = [
        desk.do(one)
        for one in (select(1_000), deselect(1_000), deselect(7), deselect(8, "repealed"), select(2_000))
    ]
    assert [as_kept(change) for change in desk.recent.oldest_first(desk.state, after=1)] == [
        as_kept(change) for change in made
    ]
    newest = [change.position for change in desk.recent.newest_first(desk.state, after=3)]
    assert newest == [6, 5, 4]
    for change in made:
        kept = desk.recent.get(change.operation.id, desk.state)
        assert kept is not None
        assert as_kept(kept) == as_kept(change)
    assert made[2].dropped, "its note came along"


def test_a_tick_is_kept_as_bytes_that_garbage_collection_never_looks_at() -> None:
    desk = Desk(changes_max=3)
    changes = [desk.do(select(record)) for record in range(1, 6)]
    weight = TICK_OVERHEAD_BYTES + len(encode(changes[-1].operation))
    assert desk.recent.bytes == 3 * weight
    assert desk.recent.known_from(LIST) == 2
    gc.collect()
    assert not any(gc.is_tracked(kept) for kept in desk.recent._changes.values())


def test_of_a_list_that_has_gone_since_a_tick_names_the_id() -> None:
    desk = Desk()
    ticked = desk.do(select(1))
    for operation in (DeleteGroup(**by(ANN, LIST)), PurgeGroup(**by(ANN, LIST))):
        desk.do(operation)
        kept = desk.recent.get(ticked.operation.id, desk.state)
        assert kept is not None
        assert kept.group is not None
        assert (kept.group.id, kept.group.version, kept.added) == (LIST, 1, bitmap([1]))
        assert not kept.group.deleted, "it was there when it was ticked"
    assert LIST not in desk.state.groups
