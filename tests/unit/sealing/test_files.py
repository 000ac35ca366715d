"""The log on disk is the tree that RFC 6962 makes of its leaves, however it was written and cut off."""

import random
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from sertantai.core.sealing.notes import Head
from sertantai.core.sealing.tree import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    root_from_inclusion,
    root_of,
)
from sertantai.sealing.files import NOTICE, TILE, TrailFiles
from sertantai.sealing.keys import HeadSigner

SEED = 7
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def leaf(number: int) -> bytes:
    return sha256(str(number).encode()).digest()


def written(folder: Path, sizes: list[int]) -> TrailFiles:
    files = TrailFiles(folder)
    files.make()
    for size in sizes:
        before = files.size
        fresh = range(before, before + size)
        files.append([leaf(n) for n in fresh], [(n + 1, 0) for n in fresh], [])
    return files


@pytest.mark.parametrize("sizes", [[1], [TILE - 1, 1], [TILE, TILE], [3, 700, 5], [TILE * TILE + 3]])
def test_the_root_is_that_of_the_leaves(tmp_path: Path, sizes: list[int]) -> None:
    files = written(tmp_path, sizes)
    whole = [leaf(n) for n in range(sum(sizes))]
    for size in {1, len(whole) // 2, len(whole) - 1, len(whole)} - {0}:
        assert files.root(size) == root_of(whole[:size])


def test_proofs_from_the_files_hold(tmp_path: Path) -> None:
    files = written(tmp_path, [1_000])
    whole = [leaf(n) for n in range(1_000)]
    chosen = random.Random(SEED)  # which leaves are tried, not a secret
    for index in chosen.sample(range(1_000), 20):
        proof = inclusion_proof(files.node, index, 1_000)
        assert root_from_inclusion(whole[index], index, 1_000, proof) == root_of(whole)
    for first in chosen.sample(range(1, 1_000), 20):
        proof = consistency_proof(files.node, first, 1_000)
        assert is_consistent(first, 1_000, root_of(whole[:first]), root_of(whole), proof)


@pytest.mark.parametrize("beyond", [1, 300, 600])
def test_what_was_written_beyond_a_head_is_written_again(tmp_path: Path, beyond: int) -> None:
    """A crash may leave any part of it."""
    files = written(tmp_path, [700, beyond])
    with (tmp_path / "hashes.0").open("ab") as file:
        file.write(b"torn")
    files.cut(700)
    assert files.size == 700
    files.append([leaf(n) for n in range(700, 1_500)], [(n + 1, 0) for n in range(700, 1_500)], [])
    assert files.root(1_500) == root_of([leaf(n) for n in range(1_500)])


def test_a_leaf_is_found_by_its_place(tmp_path: Path) -> None:
    files = TrailFiles(tmp_path)
    files.make()
    places = [(1, 0), (1, NOTICE), (4, 0), (4, NOTICE), (4, 1), (4, 2), (9, 3), (9, NOTICE)]
    files.append([leaf(n) for n in range(len(places))], places, [b"{}", b"{}", b"{}"])
    assert [files.index_of(*place) for place in places] == list(range(len(places)))
    assert files.index_of(4, 3) is None
    assert files.index_of(10, 0) is None
    assert files.last_place() == (9, 3)
    assert list(files.notice_indexes()) == [1, 3, 7]


def test_notices_beyond_a_head_are_cut_with_their_leaves(tmp_path: Path) -> None:
    files = TrailFiles(tmp_path)
    files.make()
    files.append([leaf(1), leaf(2)], [(1, 0), (1, NOTICE)], [b'{"n":1}'])
    files.append([leaf(3)], [(1, NOTICE)], [b'{"n":2}'])
    files.cut(2)
    assert list(files.notice_lines()) == ['{"n":1}']


def test_a_copy_of_notices_that_a_crash_left_outlasts_no_start(tmp_path: Path) -> None:
    files = written(tmp_path, [3])
    files.append([leaf(3)], [(4, NOTICE)], [b"said"])
    left = tmp_path / "notices.ndjson.4711.draft"
    left.write_bytes(b"who looked, whose time may be over")
    files.cut(4)
    assert not left.exists()
    assert list(files.notice_lines()) == ["said"]


def test_heads_are_kept_whole_and_the_newest_is_the_checkpoint(tmp_path: Path) -> None:
    files, signer = written(tmp_path, [5]), HeadSigner("example.org/trail/1", bytes(32))
    notes = [signer.sign(Head(signer.key.name, size, files.root(size))) for size in (2, 5)]
    for note in notes:
        files.keep_head(note, NOW)
    assert files.newest_note() == notes[-1]
    with (tmp_path / "heads").open("a") as file:
        file.write("example.org/trail/1\n9\ntorn")
    assert list(files.notes()) == notes
    files.cut(5)
    files.keep_head(notes[-1], NOW)
    assert list(files.notes()) == [*notes, notes[-1]]
