"""What is under way is known as it is, for as long as it is, within a bound; and told in the same turn."""

from uuid import UUID

from sertantai.process.under_way import OF_ONE_MAX, UnderWay, Work, WorkKind

ANNA, BEN = UUID(int=1), UUID(int=2)


def heard(under_way: UnderWay) -> list[tuple[UUID, Work]]:
    told: list[tuple[UUID, Work]] = []
    under_way.listeners.append(lambda whose, work: told.append((whose, work)))
    return told


def test_each_step_is_told_once_and_who_comes_in_the_midst_finds_the_last_one() -> None:
    under_way = UnderWay()
    told = heard(under_way)
    piece = under_way.piece(ANNA, WorkKind.EXPORT, id="key", name="Leeds")
    assert under_way.of(ANNA) == []
    piece.waits(ahead=3)
    piece.waits(ahead=3)
    piece.runs()
    piece.runs(1_000, 2_000)
    assert [(one.id, one.name, one.done, one.of) for one in under_way.of(ANNA)] == [
        ("key", "Leeds", 1_000, 2_000)
    ]
    assert under_way.of(BEN) == []
    piece.ends(well=True)
    piece.ends(well=False)
    piece.runs()
    assert under_way.of(ANNA) == []
    assert {whose for whose, _ in told} == {ANNA}
    states = [(work.state.value, work.ahead) for _, work in told]
    assert states == [("waiting", 3), ("running", None), ("running", None), ("done", None)]


def test_what_ends_before_it_was_told_of_is_not_told() -> None:
    under_way = UnderWay()
    told = heard(under_way)
    under_way.piece(ANNA, WorkKind.IMPORT).ends(well=True)
    assert told == []


def test_of_one_person_so_much_is_told_and_the_rest_goes_on_without_a_word() -> None:
    under_way = UnderWay()
    told = heard(under_way)
    pieces = [under_way.piece(ANNA, WorkKind.SMART_LIST) for _ in range(OF_ONE_MAX + 1)]
    for piece in pieces:
        piece.waits()
    under_way.piece(BEN, WorkKind.SMART_LIST).waits()
    assert len(under_way.of(ANNA)) == OF_ONE_MAX
    assert len(told) == OF_ONE_MAX + 1
    pieces[-1].ends(well=True)
    assert len(told) == OF_ONE_MAX + 1
    pieces[0].ends(well=True)
    under_way.piece(ANNA, WorkKind.SMART_LIST).waits()
    assert len(under_way.of(ANNA)) == OF_ONE_MAX
