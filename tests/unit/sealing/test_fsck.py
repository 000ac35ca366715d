"""The log's files held against their own heads: whatever is changed in them is found."""

import random
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path
from uuid import UUID

import pytest

from sertantai.core.sealing.entries import VERSION, NoticeEntry, notice_bytes
from sertantai.core.sealing.notes import Head
from sertantai.core.sealing.tree import ZERO, leaf_hash
from sertantai.sealing import damaged
from sertantai.sealing import fsck as checks
from sertantai.sealing.alarm import KEPT_MAX, Alarm
from sertantai.sealing.files import NOTICE, TILE, TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.heads import last_head
from sertantai.sealing.log import SealedLog, begin

JOURNAL = UUID(int=5)
SEED = 11


def sign(log: SealedLog, size: int, root: bytes | None = None) -> None:
    head = Head(log.signer.key.name, size, root or log.files.root(size))
    log.files.keep_head(log.signer.sign(head))


@pytest.fixture
def log(tmp_path: Path) -> SealedLog:
    """Two tiles and a bit, a notice among every hundred, three heads."""
    log = begin(tmp_path, JOURNAL, "example.org")
    previous, told = ZERO.hex(), 0
    for end in (200, 512, 600):
        leaves, places, lines = [], [], []
        for number in range(log.files.size, end):
            if number % 100 == 99:
                told += 1
                line = notice_bytes(
                    NoticeEntry(
                        0, {"n": told}, None, UUID(int=told), "checked", told, previous, None, VERSION
                    )
                )
                previous = leaf_hash(line).hex()
                lines.append(line)
                leaves.append(leaf_hash(line))
                places.append((number, NOTICE))
            else:
                leaves.append(leaf_hash(str(number).encode()))
                places.append((number + 1, 0))
        log.files.append(leaves, places, lines)
        sign(log, end)
    return log


def test_heads_that_are_signed_while_it_looks_are_none_of_its_faults(
    log: SealedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take minutes, and a head a second comes meanwhile; the last may be half written as it begins."""
    checkpoint = log.files.newest_note()
    more(log)
    last = log.files.last_note()
    assert checkpoint is not None
    assert last is not None
    log.files.show_head(checkpoint)
    waited = list[float]()

    def wait(seconds: float) -> None:
        waited.append(seconds)
        log.files.show_head(last)

    monkeypatch.setattr(time, "sleep", wait)
    looking = checks.look(log.files.folder)
    next(looking)
    more(log)
    assert faults_at_end(looking) == []
    assert waited == [checks.WRITTEN_WITHIN_S]


def more(log: SealedLog) -> None:
    size = log.files.size
    log.files.append([leaf_hash(b"later")], [(size + 1, 0)], [])
    sign(log, size + 1)


def faults_at_end(looking: Generator[int, None, checks.Files]) -> list[str]:
    while True:
        try:
            next(looking)
        except StopIteration as end:
            found: checks.Files = end.value
            return found.faults


def test_what_nobody_touched_is_clean(log: SealedLog) -> None:
    found = fsck(log.files.folder)
    assert found.faults == []
    assert (found.origin, found.size, found.heads, found.notices) == ("example.org/trail/1", 600, 3, 6)


@pytest.mark.parametrize("name", ["hashes.0", "hashes.1", "places", "notices.ndjson", "heads", "checkpoint"])
def test_a_changed_bit_is_found(log: SealedLog, name: str) -> None:
    path = log.files.folder / name
    whole = path.read_bytes()
    chosen = random.Random(SEED)  # which bits are tried, not a secret
    # When a head was signed is in no signature: it only says for how long the head is kept.
    unsigned = {at for line in re.finditer(rb"^--- .*$", whole, re.M) for at in range(*line.span())}
    signed = [at for at in range(len(whole)) if at not in unsigned]
    for at in chosen.sample(signed, min(12, len(signed))):
        changed = bytearray(whole)
        changed[at] ^= 1 << chosen.randrange(7)
        path.write_bytes(changed)
        assert fsck(log.files.folder).faults, (name, at)
    path.write_bytes(whole)
    assert fsck(log.files.folder).clean


CUTS: dict[str, Callable[[SealedLog], object]] = {
    "entries": lambda log: log.files.cut(512),
    "a tile": lambda log: (log.files.folder / "hashes.1").write_bytes(b""),
    "notices": lambda log: (log.files.folder / "notices.ndjson").write_text(""),
    "the last head": lambda log: (log.files.folder / "heads").write_text(
        "".join(f"{note}---\n" for note in list(log.files.notes())[:-1])
    ),
    "the checkpoint is old": lambda log: log.files.show_head(next(log.files.notes())),
    "the keys": lambda log: (log.files.folder / "keys.txt").write_text(""),
    "the name": lambda log: (log.files.folder / "origin").write_text("example.org/trail/7\n"),
    "a smaller head": lambda log: sign(log, 200),
    "two heads of one size": lambda log: sign(log, 600, ZERO),
    "two entries exchanged": lambda log: _exchange(log.files),
}


def _exchange(files: TrailFiles) -> None:
    data = (files.folder / "places").read_bytes()
    (files.folder / "places").write_bytes(data[12:24] + data[:12] + data[24:])


@pytest.mark.parametrize("what", CUTS)
def test_what_is_missing_or_put_back_is_found(log: SealedLog, what: str) -> None:
    CUTS[what](log)
    assert fsck(log.files.folder).faults


def test_only_so_many_faults_are_told(log: SealedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "FAULTS_MAX", 2)
    (log.files.folder / "notices.ndjson").write_text("")
    assert len(fsck(log.files.folder).faults) == 2


def test_entries_beyond_the_last_head_are_no_fault(log: SealedLog) -> None:
    """A server that is sealing has just written them."""
    log.files.append([leaf_hash(b"x")] * TILE, [(900 + at, 0) for at in range(TILE)], [])
    assert fsck(log.files.folder).clean


def test_the_newest_head_is_known_wherever_it_stands(log: SealedLog) -> None:
    folder, notes = log.files.folder, list(log.files.notes())
    (folder / "heads").write_text(f"{notes[0]}---\n")
    found = last_head(log.files)
    assert found is not None
    assert (found.note, found.head.size) == (notes[-1], 600)
    (folder / "heads").write_text("".join(f"{note}---\n" for note in notes))
    (folder / "checkpoint").write_text("nothing")
    assert last_head(log.files) == found


def test_an_alarm_outlives_the_process_and_is_raised_once(tmp_path: Path) -> None:
    heard: list[str] = []
    alarm = Alarm(tmp_path / "1", heard.append)
    assert alarm.fault is None
    for what in ("a row was changed", "another", "a row was changed"):
        alarm.tell(what)
    assert heard == ["a row was changed"]
    later = Alarm(tmp_path / "1", heard.append)
    assert (later.fault, later.said) == ("a row was changed", ("a row was changed", "another"))
    later.tell("a third")
    assert heard == ["a row was changed"], "it was told already"
    for number in range(KEPT_MAX):
        later.tell(f"row {number}")
    assert len(later.said) == len(Alarm(tmp_path / "1").said) == KEPT_MAX
    with (tmp_path / "1" / "differs").open("w") as file:
        file.write('{"at": "2026')
    fault = Alarm(tmp_path / "1").fault
    assert fault is not None
    assert "not written down whole" in fault


def test_bounds_of_lines_that_differ(log: SealedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SAID_MAX` of them are named, and the rest are counted."""
    path = log.files.folder / "notices.ndjson"
    path.write_text(path.read_text().replace('"checked"', '"checker"'))
    for most, more in ((6, 0), (5, 1)):
        monkeypatch.setattr(damaged, "SAID_MAX", most)
        said = list(damaged.differing_notices(log.files, None))
        assert len(said) == most + more
        assert said[-1].startswith("1 more lines") == bool(more)
