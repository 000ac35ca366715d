"""What lists held that their rows do not lead to is told in notices, and read again from the log."""

from pathlib import Path
from uuid import UUID

import pytest
from pyroaring import BitMap

from sertantai.audit import as_found
from sertantai.audit.as_found import uneven_bodies, uneven_in
from sertantai.audit.sealed_rows import EVEN, Lists
from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import VERSION, NoticeEntry, notice_bytes
from sertantai.core.sealing.tree import ZERO
from sertantai.sealing.files import NOTICE, TrailFiles
from sertantai.sealing.log import carried_in

ANN, BEN = UUID(int=1), UUID(int=2)
SITE, DEPOT = UUID(int=3), UUID(int=4)
APART = {
    ANN: {SITE: (BitMap(range(1, 8)), BitMap([40])), DEPOT: (BitMap(), BitMap([5, 6]))},
    BEN: {SITE: (BitMap([9]), BitMap())},
}


@pytest.mark.parametrize("most", [2, 3, 100])
def test_they_are_told_in_as_many_notices_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(as_found, "NUMBERS_TOLD_MAX", most)
    bodies = list(uneven_bodies(APART))
    for body in bodies:
        canonical(body)
        assert sum(len(one[2]) + len(one[3]) for one in body["uneven"]) <= most
    files = TrailFiles(tmp_path)
    files.make()
    assert (uneven_in(files), carried_in(files)) == (EVEN, 0), "of a log before its first entry"
    carried = {"notices": len(bodies), "operations": 3, "upto": 12}
    first = {"carried": carried, "uneven": [str(UUID(int=100 + at)) for at in range(len(bodies))]}
    lines = [
        notice_bytes(NoticeEntry(0, body, None, UUID(int=99 + at), kind, at + 1, ZERO.hex(), None, VERSION))
        for at, (kind, body) in enumerate([("restore", first), *(("balance", body) for body in bodies)])
    ]
    files.append([ZERO] * len(lines), [(0, NOTICE)] * len(lines), lines)
    found = uneven_in(files)
    assert (found.after, found.lists) == (12, APART)
    assert carried_in(files) == len(bodies) + 1


def test_a_list_is_what_it_held_then() -> None:
    lists = Lists({SITE: BitMap([1, 2])})
    lists.play(DEPOT, "select", 7)
    held = {SITE: BitMap([1, 2, 3]), UUID(int=5): BitMap([8])}
    apart = lists.differ(held)
    assert apart == {
        SITE: (BitMap([3]), BitMap()),
        DEPOT: (BitMap(), BitMap([7])),
        UUID(int=5): (BitMap([8]), BitMap()),
    }
    for group, (missing, extra) in apart.items():
        lists.adjust(group, missing, extra)
    assert lists.differ(held) == {}
    assert (lists.count(SITE), lists.count(DEPOT)) == (3, 0)
