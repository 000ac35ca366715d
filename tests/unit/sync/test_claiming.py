"""A server that was overtaken accepts nothing more, and notes all that it had accepted until then."""

from typing import cast

import pytest

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import JournalId, Position
from sertantai.journal.protocol import Journal
from sertantai.process.new_ids import new_id
from sertantai.sync.claiming import Claiming
from sertantai.sync.claims import Overtaken
from sertantai.sync.store import SelectionStore, Watermark
from sertantai.sync.watermarks import JournalBehind

KNOWN = Position(4)


class StandIn:
    """A journal and a database."""

    def __init__(self) -> None:
        self.id = JournalId(new_id())
        self.last = Position(6)
        self.noted: list[tuple[int, int]] = []
        self.met: list[int] = []
        self.error: Exception | None = None

    async def take(self, _journal: JournalId) -> Watermark:
        if self.error is not None:
            raise self.error
        return Watermark(KNOWN, 0, KNOWN)

    def overtaken(self, after: Position, last: Position) -> None:
        self.noted.append((after, last))

    async def compare(self, watermark: Position, _highest: Position) -> None:
        self.met.append(watermark)

    async def advance(self, past: Position) -> None:
        self.met.append(past)


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def claiming(stand_in: StandIn) -> Claiming:
    return Claiming(cast(Journal, stand_in), cast(SelectionStore, stand_in))


async def test_who_is_overtaken_says_so_for_good_and_notes_what_only_they_have(
    stand_in: StandIn, claiming: Claiming
) -> None:
    await claiming.take(KNOWN)
    assert (claiming.fatal, stand_in.noted) == (None, [])
    stand_in.error = Overtaken()
    for _ in range(2):
        with pytest.raises(Overtaken):
            await claiming.take(KNOWN)
    assert claiming.fatal == stand_in.error.message
    assert stand_in.noted == [(4, 6)]


async def test_what_was_on_its_way_to_the_disk_is_noted_too(stand_in: StandIn, claiming: Claiming) -> None:
    stand_in.error = Overtaken()
    for last in (6, 6, 9):
        stand_in.last = Position(last)
        with pytest.raises(Overtaken):
            await claiming.take(KNOWN)
    assert stand_in.noted == [(4, 6), (6, 9)]


async def test_a_claim_at_the_start_holds_the_journal_against_what_was_written_until_then(
    stand_in: StandIn, claiming: Claiming
) -> None:
    assert await claiming.begin() == Watermark(KNOWN, 0, KNOWN)
    assert stand_in.met == [KNOWN, KNOWN]


async def test_without_a_database_nothing_is_claimed_yet(stand_in: StandIn, claiming: Claiming) -> None:
    stand_in.error = DatabaseUnavailable("It is away.")
    assert await claiming.begin() is None
    assert claiming.fatal is None


@pytest.mark.parametrize(("known", "last", "behind"), [(3, 5, True), (3, 3, False), (4, 5, False)])
def test_a_journal_that_gave_out_known_positions_again_is_behind(
    stand_in: StandIn, claiming: Claiming, known: int, last: int, behind: bool
) -> None:
    stand_in.last = Position(last)
    watermark = Watermark(KNOWN, 0, KNOWN)
    if not behind:
        claiming.check_behind(watermark, Position(known))
        assert claiming.fatal is None
        return
    with pytest.raises(JournalBehind):
        claiming.check_behind(watermark, Position(known))
    assert claiming.fatal is not None
