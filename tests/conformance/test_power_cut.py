"""The power fails at any system call: every acknowledged entry is there afterwards, in order."""

import os
import random
from pathlib import Path

import pytest

from sertantai.core.ids import Position
from sertantai.journal.sqlite import SqliteJournal
from tests.conformance.power_cut import Event, after_power_cut, parse, record
from tests.conformance.power_cut_writer import body

CUTS = int(os.environ.get("SERTANTAI_POWER_CUTS", "150"))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[Event]]:
    folder, notes = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("notes")
    events = record(folder, notes / "acks", notes / "trace")
    return folder, notes / "acks", events


def promises(events: list[Event], acks: Path) -> tuple[dict[int, int], int]:
    """Serial numbers by position, as acknowledged; and how far the journal may have been trimmed."""
    promised: dict[int, int] = {}
    trimmed = 0
    for event in events:
        if event.path != str(acks) or event.kind != "write":
            continue
        kind, *words = event.data.split()
        if kind == b"ack":
            promised[int(words[0])] = int(words[1])
        else:
            trimmed = int(words[0])
    return promised, trimmed


async def test_no_acknowledged_entry_is_lost_when_the_power_fails(
    recorded: tuple[Path, Path, list[Event]], tmp_path: Path
) -> None:
    folder, acks, events = recorded
    assert sum(event.kind == "sync" for event in events) > 60
    rng = random.Random(2026)
    for number in range(CUTS):
        cut = rng.randint(1, len(events))
        into = tmp_path / str(number)
        into.mkdir()
        after_power_cut(events[:cut], folder, into, rng)
        promised, trimmed = promises(events[:cut], acks)
        await check_journal(into / "journal", promised, trimmed, f"cut after call {cut} of {len(events)}")


async def check_journal(path: Path, promised: dict[int, int], trimmed: int, where: str) -> None:
    journal = SqliteJournal(path)
    await journal.open()
    found: dict[int, bytes] = {}
    position = Position(0)
    while entries := await journal.read(position, 1000):
        for entry in entries:
            assert entry.position == (position + 1 if found else entry.position), f"{where}: a gap"
            position = entry.position
            found[position] = entry.body
    for at, serial in promised.items():
        if at > trimmed:
            assert found.get(at) == body(serial), f"{where}: position {at} is lost"
    assert journal.last >= max(promised, default=0), f"{where}: positions are given out again"
    assert await journal.append([b"on we go"]) == journal.last
    await journal.close()


async def test_the_cutter_can_lose_what_was_not_synced(
    recorded: tuple[Path, Path, list[Event]], tmp_path: Path
) -> None:
    """Without the syncs of the log, entries are lost: so the test above can fail."""
    folder, acks, events = recorded
    careless = [event for event in events if not (event.kind == "sync" and event.path.endswith("-wal"))]
    promised, trimmed = promises(careless, acks)
    lost = 0
    for seed in range(12):
        into = tmp_path / str(seed)
        into.mkdir()
        after_power_cut(careless[: len(careless) // 2], folder, into, random.Random(seed))
        promised, trimmed = promises(careless[: len(careless) // 2], acks)
        try:
            await check_journal(into / "journal", promised, trimmed, "")
        except Exception:  # noqa: BLE001  # however it shows
            lost += 1
    assert lost > 0


def test_interrupted_calls_are_read_in_their_order() -> None:
    trace = (
        '7 pwrite64(3</d/j-wal>, "\\x61\\x62", 2, 4096 <unfinished ...>\n'
        "8 fdatasync(3</d/j-wal> <unfinished ...>\n"
        "7 <... pwrite64 resumed>) = 2\n"
        '9 write(4</d/acks>, "\\x63", 1) = 1\n'
        "8 <... fdatasync resumed>) = 0\n"
    )
    assert parse(trace) == [
        Event("write", "/d/j-wal", b"ab", 4096),
        Event("write", "/d/acks", b"c", -1),
        Event("sync", "/d/j-wal"),
    ]
