"""Whatever people write into a list has a bound: as much is taken, and one more is refused or cut."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.bitmaps import bitmap
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordNo
from sertantai.core.state import GroupState
from sertantai.lists import groups, placing, saved_views
from sertantai.lists.annotations import (
    ANNOTATION_BYTES_MAX,
    NOTE_CHARACTERS_MAX,
    TAG_CHARACTERS_MAX,
    TAGS_MAX,
    spelled,
)
from sertantai.lists.exporting.running import KEY_CHARS_MAX, RunningExports
from sertantai.lists.groups import DESCRIPTION_CHARACTERS_MAX, METADATA_BYTES_MAX
from sertantai.lists.importing.annotations import SHOWN_CHARACTERS_MAX, annotation_in
from sertantai.lists.importing.lines import (
    HEAD_CHARACTERS,
    ITEM_CHARACTERS_MAX,
    NUMBER_DIGITS_MAX,
    STRANGE_SHARE_MAX,
    kind_of,
    read_items,
)
from sertantai.lists.saved_views import view_name
from sertantai.lists.set_algebra import OPERANDS_MAX, parse_expression
from sertantai.lists.together.reasons import REASON_CHARACTERS_MAX, spelled_reason
from sertantai.process.under_way import UnderWay
from tests.unit.core.strategies import AT, DEFAULT
from tests.unit.records.small_register import Law, catalogue_of

WHO: Any = UUID(int=1)
REFUSED: list[tuple[int, Callable[[int], Any]]] = [
    (NOTE_CHARACTERS_MAX, lambda n: spelled({"note": "x" * n})),
    (REASON_CHARACTERS_MAX, lambda n: spelled_reason("x" * n)),
    (TAGS_MAX, lambda n: spelled({"tags": [f"tag {at}" for at in range(n)]})),
    (TAG_CHARACTERS_MAX, lambda n: spelled({"tags": ["x" * n]})),
    (ANNOTATION_BYTES_MAX, lambda n: spelled({"other": "x" * (n - 2)})),  # between quotes
    (groups.NAME_CHARACTERS_MAX, lambda n: groups.spelled_name("x" * n)),
    (DESCRIPTION_CHARACTERS_MAX, lambda n: groups._description("x" * n)),
    (METADATA_BYTES_MAX, lambda n: groups._metadata({"filter": "x" * (n - len('{"filter":""}'))})),
    (saved_views.NAME_CHARACTERS_MAX, lambda n: view_name("x" * n)),
    (OPERANDS_MAX, lambda n: parse_expression({"op": "union", "of": [f"list {at}" for at in range(n)]})),
    (KEY_CHARS_MAX, lambda n: RunningExports(UnderWay()).check_key(WHO, "k" * n)),
]


@pytest.mark.parametrize(("most", "write"), REFUSED)
def test_so_much_is_taken_and_no_more(most: int, write: Callable[[int], Any]) -> None:
    write(most)
    with pytest.raises(InvalidInput) as refused:
        write(most + 1)
    assert refused.value.field


def test_of_a_line_so_much_is_looked_at() -> None:
    for characters in (ITEM_CHARACTERS_MAX, ITEM_CHARACTERS_MAX + 1):
        _, (item,) = read_items("x" * characters)
        assert item.texts == ("x" * ITEM_CHARACTERS_MAX,)


def test_a_number_of_so_many_digits_is_a_number() -> None:
    for digits, stated in ((NUMBER_DIGITS_MAX, int("1" * NUMBER_DIGITS_MAX)), (NUMBER_DIGITS_MAX + 1, None)):
        _, (item,) = read_items(f"title,number\nA law,{'1' * digits}")
        assert item.stated.number == stated


def test_a_text_with_more_strange_characters_is_no_text() -> None:
    few = int(HEAD_CHARACTERS * STRANGE_SHARE_MAX)
    assert kind_of("\x01" * few + "x" * (HEAD_CHARACTERS - few)) == "lines"
    with pytest.raises(InvalidInput, match="not a text file"):
        kind_of("\x01" * (few + 1) + "x" * (HEAD_CHARACTERS - few - 1))


def test_what_a_file_says_of_a_law_is_cut_and_said_to_be() -> None:
    """A file is not refused for one long note."""
    tags = [f"tag {at}" for at in range(TAGS_MAX)]
    whole: dict[str, Any] = {"note": "x" * NOTE_CHARACTERS_MAX, "tags": tags}
    assert annotation_in(whole) == (whole, ())
    long = {"note": "x" * (NOTE_CHARACTERS_MAX + 1), "tags": [*tags, "one more"]}
    kept, told = annotation_in(long)
    assert kept == whole
    assert len(told) == 2
    _, (left_out,) = annotation_in({"tags": ["y" * (TAG_CHARACTERS_MAX + 1)]})
    assert f"{'y' * SHOWN_CHARACTERS_MAX}…" in left_out


def test_a_law_is_put_beside_one_of_the_first_of_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every law before it gets a place of its own: beside the last of a long list, that would be all."""
    monkeypatch.setattr(placing, "PLACES_MAX", 3)
    catalogue = catalogue_of([Law(number, f"law {number}", f"Law {number}") for number in range(1, 7)])
    group = GroupState(DEFAULT, "default", AT, AT, records=bitmap(range(1, 7)))
    beside = placing._placed(catalogue, group, [RecordNo(6)], None, RecordNo(3))
    assert set(beside) == {1, 2, 3, 6}
    with pytest.raises(InvalidInput) as refused:
        placing._placed(catalogue, group, [RecordNo(6)], None, RecordNo(4))
    assert refused.value.field == "after"
