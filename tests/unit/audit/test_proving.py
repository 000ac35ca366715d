"""An entry without rows is proved to be of a history by the entry behind it, within bounds."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from sertantai.audit.comparing import proving
from sertantai.audit.comparing.proving import IN_A_ROW_MAX, LAWS_MAX, NEAR_MAX, Doubt, prove
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, UserId
from sertantai.core.sealing.entries import change_bytes
from sertantai.core.sealing.tree import leaf_hash
from sertantai.sealing.deeds import ChainKey, Deed, advance, entry_of

AT = datetime(2026, 11, 30, tzinfo=UTC)
ANN, BEN = OwnerId(UUID(int=1)), OwnerId(UUID(int=2))
LEEDS, HULL = GroupId(UUID(int=11)), GroupId(UUID(int=12))


def deed(position: int, owner: OwnerId = ANN, list_: GroupId = LEEDS, count: int = 1) -> Deed:
    return Deed(
        JournalId(UUID(int=9)),
        Position(position),
        0,
        OperationId(UUID(int=1_000 + position)),
        owner,
        UserId(owner),
        list_,
        "a list",
        AT,
        None,
        None,
        None,
        "hand",
        None,
        count,
        [("select", position, f"law {position}", {})],
    )


def told(deeds: list[Deed], gone: set[int], fewer: int = 0) -> tuple[list[Doubt], dict[int, bytes]]:
    """What verification has of deeds at their places in the log: doubts of those behind ``gone`` ones, which
    left ``fewer`` laws out of what rows lead to, and the leaves of the ones that are gone."""
    newest: dict[ChainKey, object] = {}
    leaves = []
    for one in deeds:
        leaf = leaf_hash(change_bytes(entry_of(one, {}, newest)))  # type: ignore[arg-type]  # of links
        leaves.append(leaf)
        advance(newest, one, leaf)  # type: ignore[arg-type]  # of links
    played: dict[ChainKey, object] = {}
    doubts = []
    for at, one in enumerate(deeds):
        if at in gone:
            continue
        entry = entry_of(one, {}, played)  # type: ignore[arg-type]  # of links
        advance(played, one, leaves[at])  # type: ignore[arg-type]  # of links
        behind = [n for n in gone if n < at and deeds[n].list == one.list]
        if behind and fewer:
            entry = type(entry)(
                **{**{name: getattr(entry, name) for name in entry.__struct_fields__}, "count": 1 - fewer}
            )
        if leaf_hash(change_bytes(entry)) != leaves[at]:
            doubts.append(Doubt(one, entry, at, leaves[at]))
    return doubts, {at: leaves[at] for at in gone}


def test_one_that_is_gone_is_of_the_list_of_the_one_behind_it() -> None:
    doubts, holes = told([deed(1), deed(2, BEN), deed(3), deed(4), deed(5, ANN, HULL)], {2})
    different, proved = prove(doubts, holes)
    assert different == []
    assert {at: (one.owner[0], one.group and one.group[1]) for at, one in proved.items()} == {2: (ANN, LEEDS)}


def test_one_of_another_list_is_of_the_same_owner() -> None:
    doubts, holes = told([deed(1), deed(2, ANN, HULL), deed(3)], {1})
    different, proved = prove(doubts, holes)
    assert (different, proved[1].owner[0], proved[1].group) == ([], ANN, None)


def test_nothing_is_proved_of_a_change() -> None:
    doubts, holes = told([deed(1), deed(2), deed(3, BEN)], {0})
    forged = doubts[0]._replace(leaf=b"x" * 32)
    assert prove([forged], holes) == ([forged], {})
    assert prove(doubts, {2: b"y" * 32}) == (doubts, {})


@pytest.mark.parametrize("many", [IN_A_ROW_MAX, IN_A_ROW_MAX + 1])
def test_so_many_in_a_row(many: int) -> None:
    doubts, holes = told([deed(n + 1) for n in range(many + 1)], set(range(many)))
    assert (prove(doubts, holes)[0] == []) is (many <= IN_A_ROW_MAX)


@pytest.mark.parametrize("others", [NEAR_MAX - 1, NEAR_MAX])
def test_among_so_many_of_others(others: int) -> None:
    deeds = [deed(1), *(deed(n + 2, BEN) for n in range(others)), deed(others + 2)]
    doubts, holes = told(deeds, set(range(others + 1)))
    assert (prove(doubts, holes)[0] == []) is (others < NEAR_MAX)


@pytest.mark.parametrize("laws", [LAWS_MAX, -LAWS_MAX, LAWS_MAX + 1])
def test_with_so_many_laws(laws: int) -> None:
    doubts, holes = told([deed(1), deed(2)], {0}, fewer=laws)
    different, proved = prove(doubts, holes)
    assert (different == []) is (abs(laws) <= LAWS_MAX)
    assert [one.laws for one in proved.values()] == ([laws] if abs(laws) <= LAWS_MAX else [])


def test_it_ends_after_so_many_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proving.TRIES_MAX == 300_000
    doubts, holes = told([deed(1), deed(2)], {0}, fewer=LAWS_MAX)
    monkeypatch.setattr(proving, "TRIES_MAX", 2 * LAWS_MAX + 1)
    assert prove(doubts, holes)[0] == []
    monkeypatch.setattr(proving, "TRIES_MAX", 2 * LAWS_MAX)
    assert prove(doubts, holes)[0] == doubts
