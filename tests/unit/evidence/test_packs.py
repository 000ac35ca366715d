"""What a pack proves, and each way in which it can be false."""

import ast
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
import vermin  # type: ignore[import-untyped]  # it says nothing of its types

from sertantai.core.sealing.commitments import commitment
from sertantai.core.sealing.notes import COSIGNATURE, ED25519
from sertantai.evidence import verify as verifier
from sertantai.evidence.packing import Identity, Line, Opening
from sertantai.evidence.verify import (
    ALL_BYTES_MAX,
    CANNOT_TELL,
    DEPTH_MAX,
    FALSE,
    FILE_BYTES_MAX,
    FILES_MAX,
    NOTE_BYTES_MAX,
    PACK_BYTES_MAX,
    TRUE,
    Pack,
    Untrue,
    is_signed_by,
    note_of,
    unpacked,
    verify,
)
from sertantai.evidence.zip_file import zip_of
from tests.unit.evidence.mutants import Files, files_of, lines_of, with_lines, with_manifest, with_statement
from tests.unit.evidence.small_log import (
    ANN,
    BEN,
    LIST,
    ORIGIN,
    OTHER,
    Signer,
    SmallLog,
    empty_head,
    packed,
    small_log,
)

LOG, LINES = small_log()
PACK = packed(LOG, LINES)
FILES = files_of(PACK)
KEY = str(LOG.keys[0])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few signatures are checked thousands of times."""
    monkeypatch.setattr(verifier, "is_signed_by", lru_cache(is_signed_by))


def falsehood(data: bytes, **other: Any) -> tuple[str | None, str]:
    status, step, said = verify(data, [KEY], **other)
    assert status == FALSE, said
    return step, next(line for line in said if "FALSE" in line)


def test_a_true_pack_is_true_and_says_what_it_did_not_check() -> None:
    status, step, said = verify(PACK, [KEY])
    assert (status, step) == (TRUE, None), said
    assert said[-1] == "This pack is true."
    assert sum(line.startswith("  holds") for line in said) == 8
    assert any("no witness" in line for line in said[said.index("Not checked:") :])


def test_the_same_pack_is_the_same_bytes() -> None:
    log, lines = small_log()
    assert packed(log, lines) == PACK
    assert unpacked(PACK) == FILES


# -- keys and heads -----------------------------------------------------------------------------------------


def test_with_the_key_of_the_pack_alone_nobody_can_tell() -> None:
    status, _, said = verify(PACK)
    assert status == CANNOT_TELL
    assert any("You gave no key" in line for line in said)


def test_another_key_of_the_same_name_and_one_of_another_log_are_refused() -> None:
    for name in (ORIGIN, "example.org/trail/2"):
        status, step, _ = verify(PACK, [str(Signer(name, ED25519, 9).key)])
        assert (status, step) == (FALSE, "head")
    witness = str(Signer(ORIGIN, COSIGNATURE, 1).key)
    assert verify(PACK, [witness])[:2] == (FALSE, "head")
    assert verify(PACK, ["nonsense"])[:2] == (CANNOT_TELL, "key")


def test_a_whole_pack_made_with_another_key_is_refused() -> None:
    log, lines = small_log(signers=[Signer(ORIGIN, ED25519, 2)])
    step, said = falsehood(packed(log, lines))
    assert step == "head"
    assert "not signed with the key" in said


def test_an_earlier_head_of_the_same_history_is_continued_and_one_of_another_is_not() -> None:
    for size in (2, 5, 10):
        saved = LOG.heads[size - 1].encode()
        assert verify(PACK, [KEY], [("mine.txt", saved)])[0] == TRUE
    other, lines = SmallLog(), []
    for _ in range(5):
        lines.append(other.change([("select", 3, None)]))
        other.change([("deselect", 3, None)])
    for size in (2, 5, 10):
        step, said = falsehood(PACK, heads=[("mine.txt", other.heads[size - 1].encode())])
        assert step == "saved"
        assert "mine.txt is the head of another history" in said


@pytest.mark.parametrize(
    ("saved", "why"),
    [
        (lambda: SmallLog(origin="example.org/trail/2"), "is a head of"),
        (lambda: None, "is no signed head"),
    ],
)
def test_a_saved_head_that_says_nothing_of_this_log_leaves_it_open(
    saved: Callable[[], SmallLog | None], why: str
) -> None:
    log = saved()
    if log is not None:
        log.change([("select", 1, None)])
    data = b"x" if log is None else log.heads[0].encode()
    status, _, said = verify(PACK, [KEY], [("mine.txt", data)])
    assert status == CANNOT_TELL
    assert any(why in line for line in said)


def test_a_saved_head_of_no_entries_has_the_root_of_an_empty_log_or_is_of_another_history() -> None:
    saved = [("mine.txt", empty_head(LOG, sha256(b"").digest()))]
    assert verify(PACK, [KEY], saved)[0] == TRUE
    step, said = falsehood(PACK, heads=[("mine.txt", empty_head(LOG, b"\1" * 32))])
    assert (step, "mine.txt is the head of another history" in said) == ("saved", True)


def test_a_saved_head_newer_than_the_pack_leaves_it_open() -> None:
    log, lines = small_log()
    data = packed(log, lines)
    log.change([("select", 90, None)])
    status, _, said = verify(data, [KEY], [("mine.txt", log.heads[-1].encode())])
    assert status == CANNOT_TELL
    assert any("ask for one" in line for line in said)


def test_after_keys_were_changed_the_first_one_still_verifies() -> None:
    """Each new key was told in the log under a head that the one before it signed; three times."""
    log = SmallLog()
    lines, heads = [log.change([("select", 1, None)])], []
    for seed in (2, 3, 4):
        new = Signer(ORIGIN, ED25519, seed)
        lines.append(log.notice("key", {"key": str(new.key)}))
        heads.append(len(log.leaves))
        log.signers.append(new)
        log.signers = log.signers[-1:]
        lines.append(log.change([("select", seed, None)]))
    keys = [Signer(ORIGIN, ED25519, seed).key for seed in (1, 2, 3, 4)]

    log.ever = keys
    data = packed(log, lines, heads=heads)
    for key in keys:
        assert verify(data, [str(key)])[0] == TRUE
    assert (
        verify(packed(log, [one for one in lines if one.index != heads[1] - 1], heads=heads), [KEY])[0]
        == FALSE
    )


def test_times_are_held_against_those_of_witnesses() -> None:
    witness = Signer("witness.example/1", COSIGNATURE, 7)
    log, lines = small_log(signers=[Signer(ORIGIN, ED25519, 1), witness])
    log.at -= 40 * 86_400_000_000
    lines.append(log.change([("annotate", 1, {"changes": {"note": "I knew this long ago."}})]))
    log.at += 41 * 86_400_000_000
    data = packed(log, lines, heads=(2, 9))
    status, _, said = verify(data, [KEY], witnesses=[str(witness.key)])
    assert status == TRUE
    assert any("Entry 9 says a time at which somebody else saw a log without it" in line for line in said)
    assert not any("who the witnesses are" in line for line in said)
    assert any("who the witnesses are" in line for line in verify(data, [KEY])[2])


# -- bits ---------------------------------------------------------------------------------------------------


def tiny() -> bytes:
    log = SmallLog()
    log.change([("select", 2, None)], OTHER)
    lines = [log.change([("select", 1, {"note": "yes"})])]
    beside = {"README.txt": b"r", "report.html": b"h", "verify.html": b"v", "verify.py": b"p"}
    return packed(log, lines, [Identity(ANN, None, "Ann")], heads=(1,), beside=beside)


def test_two_bits_of_each_byte_of_each_file_of_a_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    files = files_of(tiny())
    flipped: Files = dict(files)
    monkeypatch.setattr(verifier, "unpacked", lambda _: flipped)
    assert verify(b"", [KEY])[0] == TRUE
    for name, content in files.items():
        for at in range(len(content)):
            for bit in (at % 8, (at + 5) % 8):
                flipped[name] = content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
                assert verify(b"", [KEY])[0] == FALSE, (name, at, bit)
        flipped[name] = content


def test_each_byte_of_the_file_itself() -> None:
    """Whatever still unpacks holds the same: the last bits of what was compressed are nobody's."""
    data = tiny()
    files = unpacked(data)
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
        assert unpacked_or_refused(changed) in (files, None)


def unpacked_or_refused(data: bytes) -> Files | None:
    try:
        return unpacked(data)
    except Untrue as untrue:
        return {"not refused where it should be": b""} if untrue.step != "zip" else None


# -- entries ------------------------------------------------------------------------------------------------


def altered(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[1]["entry"]["by"] = str(BEN)
    return lines


ALTERED: dict[str, Callable[[list[dict[str, Any]]], list[dict[str, Any]]]] = {
    "one left out": lambda lines: lines[:2] + lines[3:],
    "the last left out": lambda lines: lines[:-1],
    "the first left out": lambda lines: lines[1:],
    "cut short": lambda lines: lines[:3],
    "one twice": lambda lines: [*lines[:2], lines[1], *lines[2:]],
    "one added": lambda lines: [*lines, lines[-1] | {"index": lines[-1]["index"] + 1}],
    "two swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "two swapped, places kept": lambda lines: [
        lines[1] | {"index": lines[0]["index"]},
        lines[0] | {"index": lines[1]["index"]},
        *lines[2:],
    ],
    "another's deed": altered,
}


@pytest.mark.parametrize("what", ALTERED)
def test_entries_cannot_be_altered_whatever_is_made_anew_without_the_key(what: str) -> None:
    """Alone; with the manifest; with a statement that nobody can seal; and all of it, with another key."""
    files = with_lines(FILES, ALTERED[what](lines_of(FILES)))
    count = files["entries.ndjson"].count(b"\n")
    assert falsehood(zip_of(files))[0] in ("form", "manifest")
    assert falsehood(zip_of(with_manifest(files)))[0] in ("form", "manifest")
    assert falsehood(zip_of(with_statement(files, entries=count)))[0] in ("form", "statement")


def line_out(*gone: int) -> list[Line]:
    return [line for at, line in enumerate(LINES) if at not in gone]


def replaced(at: int, **fields: Any) -> list[Line]:
    line = LINES[at]
    return [*LINES[:at], msgspec.structs.replace(line, **fields), *LINES[at + 1 :]]


def other_rows(at: int, rows: Any) -> list[Line]:
    return replaced(at, entry=msgspec.structs.replace(LINES[at].entry, rows=rows))


def opened_as(at: int, value: str) -> list[Line]:
    return replaced(at, opened=tuple(msgspec.structs.replace(one, value=value) for one in LINES[at].opened))


MADE: list[tuple[str, Callable[[], list[Line]], str, str]] = [
    ("one left out", lambda: line_out(2), "chain", "After number 2 of the history"),
    ("the last left out", lambda: line_out(5), "chain", "continues to number 6, and the pack ends with 5"),
    ("the first left out and said", lambda: line_out(0), "", "what happened before number 2"),
    ("rows of many changed", lambda: replaced(3, rows=LINES[3].rows[:-1]), "rows", "Entry 4: a row"),
    ("a note put in its place", lambda: opened_as(2, '{"changes":{"note":"x"}}'), "opened", "Entry 3: named"),
    (
        "an entry changed",
        lambda: replaced(1, entry=msgspec.structs.replace(LINES[1].entry, at=1)),
        "entries",
        "do not lead to the head",
    ),
]


@pytest.mark.parametrize(("what", "lines", "step", "said"), MADE)
def test_who_makes_a_pack_and_has_the_key_cannot_leave_anything_out(
    what: str, lines: Callable[[], list[Line]], step: str, said: str
) -> None:
    """The statement is sealed, with whatever it says: what the log holds decides."""
    log, _ = small_log()
    status, found, lines_said = verify(packed(log, lines()), [KEY])
    assert (status, found) == ((FALSE, step) if step else (TRUE, None)), lines_said
    assert any(said in line for line in lines_said), lines_said


def test_a_wrong_count_is_found_wherever_it_stands() -> None:
    log, lines = small_log()
    assert verify(packed(log, lines, count=3), [KEY])[:2] == (FALSE, "count")
    for rows, count in (
        ([("select", 1, None)], 25),
        ([("deselect", 99, None)], 20),
        ([("select", 90, None)], 21),
    ):
        log, lines = small_log()
        lines.append(log.change(rows, count=count))
        assert verify(packed(log, lines, count=count), [KEY])[:2] == (FALSE, "count")


def test_an_operation_in_parts_says_the_number_with_its_last(monkeypatch: pytest.MonkeyPatch) -> None:
    log = SmallLog()
    lines = [
        log.change([("bulk_select", 1, None), ("bulk_select", 2, None)], count=None),
        log.change([("bulk_select", 3, None)], part=1),
        log.change([("deselect", 2, None)]),
    ]
    status, _, said = verify(packed(log, lines, heads=()), [KEY])
    assert status == TRUE
    assert any("right after each of 2 steps" in line for line in said)


def test_what_a_list_held_before_the_log_began_is_said() -> None:
    log = SmallLog()
    lines = [log.change([("select", 1, None)], count=813), log.change([("deselect", 700, None)], count=812)]
    status, _, said = verify(packed(log, lines, heads=(), count=812), [KEY])
    assert status == TRUE
    assert any("which 812 laws were in the list before" in line for line in said)


def test_a_name_is_the_sealed_one_or_said_to_be_ours() -> None:
    for name, status in (("Ann Smith", TRUE), ("Ben", FALSE)):
        log, lines = small_log()
        opening = log.opening("name", ANN, "Ann Smith")
        value = msgspec.structs.replace(opening, place="body/name", value='"Ann Smith"')
        sealed = commitment(value.salt, "name", '"Ann Smith"')
        told = log.notice("person", {"name": sealed}, ANN)
        lines.append(msgspec.structs.replace(told, opened=(value,)))
        assert verify(packed(log, lines, [Identity(ANN, told.index, name)]), [KEY])[0] == status


def test_an_empty_history_has_a_pack() -> None:
    log = SmallLog()
    log.change([("select", 7, None)])
    data = packed(log, [], [], heads=(), last=None, count=0, of=str(BEN))
    assert verify(data, [KEY])[0] == TRUE


@pytest.mark.parametrize("kind", ["hearsay", "change", "Statement", ""])
def test_an_entry_of_an_unknown_kind_is_refused(kind: str) -> None:
    log, lines = small_log()
    lines.append(log.notice(kind, {"x": 1}))
    assert verify(packed(log, lines), [KEY])[:2] == (FALSE, "form")


def test_an_opened_field_is_told_by_its_place_and_its_name() -> None:
    for place, field in (("origin", "named"), ("rows/0", "content/1"), ("rows/9", "content/1"), ("by", "by")):
        log, lines = small_log()
        first = lines[0].opened[0]
        lines[0] = msgspec.structs.replace(lines[0], opened=(Opening(place, first.salt, field, first.value),))
        assert verify(packed(log, lines), [KEY])[:2] == (FALSE, "opened")


def test_no_salt_is_in_a_pack_but_those_that_were_disclosed() -> None:
    """Origins are sealed with each entry and opened by none of these: neither salt nor value is there."""
    everything = b"".join(FILES.values())
    for subject in (ANN, BEN):
        hidden = LOG.opening("origin", subject, {"ip": "192.0.2.1"})
        assert hidden.salt.encode() not in everything
    assert b"192.0.2.1" not in everything
    assert LOG.opening("named", LIST, "Site Leeds").salt.encode() in everything


# -- the container ------------------------------------------------------------------------------------------


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in files:
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return made.getvalue()


def double(files: Files) -> bytes:
    """The manifest twice, as `zip_of` would never write it."""
    made = zip_of(files | {"manifest.jsom": files["manifest.json"]})
    return made.replace(b"manifest.jsom", b"manifest.json")


def disordered(files: Files) -> bytes:
    """Two files by each other's names, so that they are not in their order."""
    made = zip_of(files).replace(b"head.txt", b"head.tmp").replace(b"keys.txt", b"head.txt")
    return made.replace(b"head.tmp", b"keys.txt")


CONTAINERS: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "no pack"),
    ("no ZIP", lambda: b"x" * 5_000, "no pack"),
    ("another program's", lambda: zipped(*FILES.items()), "is not as it was made"),
    ("a name that leaves", lambda: zip_of(FILES | {"../../etc/passwd": b""}), "belongs in none: ../../etc"),
    ("an absolute name", lambda: zip_of(FILES | {"/tmp/x": b""}), "belongs in none"),
    ("a head that is none", lambda: zip_of(FILES | {"heads/01.txt": b""}), "belongs in none"),
    ("one twice", lambda: double(FILES), "manifest.json is in the pack twice"),
    ("in another order", lambda: disordered(FILES), "not in their order"),
    ("one too many", lambda: zip_of(FILES | {"extra.txt": b""}), "belongs in none"),
    ("something before", lambda: b"#!/bin/sh\n" + PACK, "parts do not meet"),
    ("something behind", lambda: PACK + b"\n", "no pack"),
    ("cut off", lambda: PACK[:-30], "no pack"),
    ("empty", lambda: zip_of({}), "lacks the file README.txt"),
]


@pytest.mark.parametrize(("what", "data", "said"), CONTAINERS, ids=[one[0] for one in CONTAINERS])
def test_a_container_of_another_form_is_refused(what: str, data: Callable[[], bytes], said: str) -> None:
    step, sentence = falsehood(data())
    assert step == "zip"
    assert said in sentence


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_can_be_missing(name: str) -> None:
    falsehood(zip_of({one: FILES[one] for one in FILES if one != name}))


def with_size(name: str, size: int) -> bytes:
    """The pack with another unpacked size of a file in both its headers."""
    was = len(FILES[name]).to_bytes(4, "little")
    data = bytearray(PACK)
    at = -1
    while (at := data.find(name.encode(), at + 1)) >= 0:
        for back in (8, 22):  # where the size stands before the name: of a local header, of the directory
            if data[at - back : at - back + 4] == was:
                data[at - back : at - back + 4] = size.to_bytes(4, "little")
    return bytes(data)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """Bounds: of files, of each, of all, and of what one unpacks to beyond what it says."""
    bomb = zip_of(FILES | {"report.html": bytes(20_000_000)})
    assert len(bomb) < 60_000
    assert "cannot be unpacked" in falsehood(with_size("report.html", 3))[1]
    for size in (FILE_BYTES_MAX + 1, (1 << 32) - 1):
        assert "of a size, that no pack has" in falsehood(with_size("entries.ndjson", size))[1]
    assert ALL_BYTES_MAX >= FILE_BYTES_MAX
    many = {f"heads/{number}.txt": b"" for number in range(FILES_MAX)}
    assert "too many files" in falsehood(zip_of(FILES | many))[1]
    assert "lacks" in falsehood(zip_of(dict(sorted(many.items())[:FILES_MAX])))[1]


class Huge(bytes):
    def __len__(self) -> int:
        return PACK_BYTES_MAX + 1


def test_bounds_of_the_pack_and_of_heads() -> None:
    with pytest.raises(Untrue, match="larger than any"):
        unpacked(Huge())
    head = LOG.heads[0].encode()
    line = head.split(b"\n")[-2] + b"\n"
    with pytest.raises(Untrue, match="is no signed head"):
        note_of(head + line * (NOTE_BYTES_MAX // len(line)), "it")


# -- JSON ---------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_json_is_as_deep_as_it_may_be_and_no_deeper() -> None:
    assert verifier.parsed(nested(DEPTH_MAX + 1), "it")
    with pytest.raises(Untrue, match="is not written"):
        verifier.parsed(nested(DEPTH_MAX + 2), "it")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"b":1,"a":1}',
        '{"a": 1}',
        '{"a":1.0}',
        '{"a":1e0}',
        '{"a":-0}',
        '{"a":01}',
        '{"a":9007199254740993}',
        '{"a":NaN}',
        '{"a":"\\u0061"}',
        '{"a":"\\ud800"}',
        '{"\\u00e9":1}',
        '{"é":1}',
        '{"a":1}\n',
        '\ufeff{"a":1}',
        "[" * 100_000,
        "",
    ],
)
def test_json_is_written_in_one_way(text: str) -> None:
    assert verifier.parsed(b'{"a":[null,true,"\xc3\xa9\\n",-1]}', "it") == {"a": [None, True, "é\n", -1]}
    with pytest.raises(Untrue, match="it is not written as a pack writes it"):
        verifier.parsed(text.encode("utf-8", "surrogatepass"), "it")


# -- the program --------------------------------------------------------------------------------------------

SOURCE = Path(verifier.__file__)
PYTHON_OF_THE_GUIDE = (3, 9)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("source", "is_too_new"),
    [(SOURCE.read_text(), False), ("import tomllib", True), ("match 1:\n  case 1:\n    pass", True)],
    ids=["the verifier", "a module of 3.11", "a statement of 3.10"],
)
def test_it_asks_for_no_newer_python_than_the_guide_says(source: str, is_too_new: bool) -> None:
    _, least = vermin.visit(source, config=vermin.Config()).minimum_versions()
    assert (least > PYTHON_OF_THE_GUIDE) == is_too_new


def test_it_runs_alone_without_packages_and_tells_by_its_exit(tmp_path: Path) -> None:
    script, pack, saved = tmp_path / "verify.py", tmp_path / "pack.zip", tmp_path / "head.txt"
    script.write_bytes(SOURCE.read_bytes())
    pack.write_bytes(PACK)
    saved.write_text(LOG.heads[4])
    true = run(script, pack, "--key", KEY, "--head", saved)
    assert (true.returncode, true.stderr) == (TRUE, "")
    assert true.stdout.rstrip().endswith("This pack is true.")
    assert run(script, pack).returncode == CANNOT_TELL
    assert run(script, tmp_path / "nothing.zip", "--key", KEY).returncode == CANNOT_TELL
    pack.write_bytes(PACK[:-1])
    assert run(script, pack, "--key", KEY).returncode == FALSE


STANDARD = {
    *("__future__", "argparse", "base64", "binascii", "bisect", "datetime", "hashlib", "json", "re"),
    *("struct", "sys", "typing", "zlib"),
}


def test_it_is_written_for_python_3_9_and_imports_nothing_that_could_reach_out() -> None:
    module = ast.parse(SOURCE.read_text(), feature_version=(3, 9))
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported == STANDARD
    names = {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    assert not {"bit_count", "pairwise", "batched"} & names
    assert not any(isinstance(node, ast.Match) for node in ast.walk(module))
    assert not [keyword for keyword in keywords(module) if keyword == "strict"]


def keywords(module: ast.Module) -> Iterator[str | None]:
    return (word.arg for node in ast.walk(module) if isinstance(node, ast.Call) for word in node.keywords)


VECTORS = [  # RFC 8032, 7.1
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_rfc_8032(public: str, message: str, signature: str) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert is_signed_by(key, signed, text)
    assert not is_signed_by(key, signed, text + b"\0")
    for at in (0, 31, 32, 63):
        assert not is_signed_by(key, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :], text)
    beyond = int.from_bytes(signed[32:], "little") + verifier.ORDER
    assert not is_signed_by(key, signed[:32] + beyond.to_bytes(32, "little"), text)
    assert not is_signed_by(key, signed[:-1], text)
    assert not is_signed_by(bytes([1]) + bytes(31) + b"", signed, text)


def test_a_pack_says_where_it_stopped() -> None:
    pack = Pack(PACK, [KEY])
    assert pack.check() == TRUE
    assert json.loads(FILES["statement.json"])["entry"]["subject"] == str(ANN)
    assert zlib.crc32(FILES["verify.py"]) == zlib.crc32(b"pass\n")
