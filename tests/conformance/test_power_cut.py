"""The power fails at any system call: every acknowledged entry is there afterwards, in order."""

import os
import random
import shutil
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
        shutil.copytree(folder / "keys", into / "keys")  # on the disk before the first entry is
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
    assert not journal.damages, f"{where}: {journal.damages[0].text}"
    assert journal.last >= max(promised, default=0), f"{where}: positions are given out again"
    assert await journal.append([b"on we go"]) == journal.last
    await journal.close()


async def test_the_cutter_can_lose_what_was_not_synced(
    recorded: tuple[Path, Path, list[Event]], tmp_path: Path
) -> None:
    """Without the syncs of log and anchor, entries are lost: so the test above can fail."""
    folder, acks, events = recorded
    careless = [e for e in events if not (e.kind == "sync" and e.path.endswith(("-wal", "-anchor")))]
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


async def test_a_disk_that_did_not_sync_the_log_is_found_out(
    recorded: tuple[Path, Path, list[Event]], tmp_path: Path
) -> None:
    """The log was not synced, the anchor was: every acknowledged entry is there, or said to be missing."""
    folder, acks, events = recorded
    careless = [e for e in events if not (e.kind == "sync" and e.path.endswith("-wal"))]
    found_out = 0
    rng = random.Random(1)
    for number in range(40):
        cut = rng.randint(len(events) // 4, len(careless))
        into = tmp_path / str(number)
        into.mkdir()
        after_power_cut(careless[:cut], folder, into, rng)
        promised, trimmed = promises(careless[:cut], acks)
        journal = SqliteJournal(into / "journal")
        await journal.open()
        held = {entry.position for entry in await journal.read(Position(0), 10_000)}
        lost = {position for position in promised if position > trimmed} - held
        said = {p for d in journal.damages for first, last in d.lost for p in range(first, last + 1)}
        assert lost <= said, f"cut {cut}: {lost - said} are lost in silence"
        assert journal.last >= max(promised, default=0)
        found_out += bool(said)
        await journal.close()
    assert found_out


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


def test_a_write_to_a_file_that_was_opened_for_it_is_synced_when_it_ends() -> None:
    trace = (
        '7 openat(AT_FDCWD, "/d/j-anchor", O_RDWR|O_CREAT|O_DSYNC|O_CLOEXEC, 0600) = 3\n'
        '7 pwrite64(3</d/j-anchor>, "\\x61", 1, 0 <unfinished ...>\n'
        '9 write(4</d/acks>, "\\x63", 1) = 1\n'
        "7 <... pwrite64 resumed>) = 1\n"
    )
    assert parse(trace) == [
        Event("make", "/d/j-anchor"),
        Event("write", "/d/j-anchor", b"a", 0),
        Event("write", "/d/acks", b"c", -1),
        Event("sync", "/d/j-anchor"),
    ]
