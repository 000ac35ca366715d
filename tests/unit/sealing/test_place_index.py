"""Which leaf is whose is what a dictionary would say, in a twelfth of its memory."""

import random
import tracemalloc
from pathlib import Path

from sertantai.sealing.files import NOTICE, PLACE, TrailFiles
from sertantai.sealing.place_index import PART_MAX, POSITION_MAX, PlaceIndex

BYTES_A_LEAF = 16


def log_of(folder: Path, places: list[tuple[int, int]]) -> TrailFiles:
    files = TrailFiles(folder)
    files.make()
    (folder / "places").write_bytes(b"".join(PLACE.pack(*place) for place in places))
    return files


def test_it_says_what_a_dictionary_would(tmp_path: Path) -> None:
    dice = random.Random(7)
    places: list[tuple[int, int]] = []
    for position in dice.sample(range(1, 2**40), 400):  # written again after a restore, in any order
        parts = dice.choice((1, 1, 1, 5))
        places += [(position, part) for part in range(parts)]
        if dice.random() < 0.3:
            places.append((position, NOTICE))
        if dice.random() < 0.1:
            places.append((position, 0))
    size = len(places) - 3
    expected = {place: at for at, place in enumerate(places[:size]) if place[1] != NOTICE}
    index = PlaceIndex(log_of(tmp_path, places), size)
    asked = {*expected, *places, *((position + 1, part) for position, part in places)}
    for position, part in asked:
        if part != NOTICE:
            assert index.get(position, part) == expected.get((position, part))
    known = places[0]
    assert index.get(*known) is not None
    for other in (None, -1, known[0] - POSITION_MAX - 1, known[0] + POSITION_MAX + 1, POSITION_MAX):
        assert index.get(other, known[1]) is None
    for other in (None, -1, PART_MAX, PART_MAX + 1 + known[1], NOTICE):
        assert index.get(known[0], other) is None


def test_of_an_empty_log_nothing_is_found(tmp_path: Path) -> None:
    for index in (PlaceIndex(), PlaceIndex(log_of(tmp_path, []), 0)):
        assert (index.get(1, 0), index.size_bytes) == (None, 0)


def test_so_many_bytes_a_leaf(tmp_path: Path) -> None:
    many = 200_000
    files = log_of(tmp_path, [(number, 0) for number in range(1, many + 1)])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        index = PlaceIndex(files, many)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert index.size_bytes == many * BYTES_A_LEAF
    assert taken < many * (BYTES_A_LEAF + 8)
