"""Files that are broken, locked, or made to do harm: each is refused with a sentence, or bound.

Each is read as the server does it, by a process with its limits. The processor's time of that process does
not depend on who else is at work, and its memory is asked of the system at its end.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.files.tables import bound_process
from sertantai.files.tables.archive import UNPACKED_BYTES_MAX
from sertantai.files.tables.bound_process import (
    NAME_CHARS_MAX,
    tables_of_clipboard,
    tables_of_file,
)
from sertantai.files.tables.gathering import CELL_CHARS_MAX, ROWS_MAX
from sertantai.files.tables.reading import (
    ANSWER_BYTES_MAX,
    MEMORY_BYTES_MAX,
    OPEN_FILES_MAX,
    PROCESSOR_S_MAX,
    REFUSED,
    TOO_LONG,
    TOO_MUCH_MEMORY,
)
from sertantai.files.tables.xml_events import DEPTH_MAX, TOKEN_BYTES_MAX
from tests.fixtures.office_files import sheet_xml, workbook, zipped
from tests.fixtures.registers import word_document

WATCHED = """
import sys
from pathlib import Path
from sertantai.files.tables import reading
for change in sys.argv[3:]:
    name, _, value = change.partition("=")
    setattr(reading, name, int(value))
code = reading.main(Path(sys.argv[1]), sys.argv[2])
status = Path("/proc/self/status").read_text()
print(status.partition("VmPeak:")[2].split()[0], file=sys.stderr)
sys.exit(code)
"""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
DOCTYPE = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'
LAUGHING = '<row><c t="str"><v>&l9;</v></c></row>'

Made = bytes | Callable[[Path], None]


def with_doctype(doctype: str) -> Callable[[Path], None]:
    return lambda path: workbook(path, sheet_xml(LAUGHING).replace("<worksheet", f"{doctype}<worksheet"))


def in_utf_16(path: Path) -> None:
    sheet = sheet_xml(LAUGHING).replace("<worksheet", f"{DOCTYPE}<worksheet").replace("UTF-8", "UTF-16")
    workbook(path, "")
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    zipped(path, {**parts, "xl/worksheets/sheet1.xml": sheet.encode("utf-16")})


def laughing_document(path: Path) -> None:
    parts = {"word/document.xml": f"{DOCTYPE}<document><body><p><r><t>&l9;</t></r></p></body></document>"}
    zipped(path, parts)


def cut_off(path: Path) -> None:
    workbook(path, sheet_xml('<row><c t="str"><v>Noise Act</v></c></row>'))
    path.write_bytes(path.read_bytes()[:-300])


def scrambled(path: Path) -> None:
    """Its sheet is not what its check sum says."""
    workbook(path, sheet_xml('<row><c t="str"><v>Noise Act</v></c></row>'))
    data = bytearray(path.read_bytes())
    at = data.index(b"sheet1.xml") + 40
    data[at : at + 20] = bytes(20)
    path.write_bytes(data)


def locked(path: Path) -> None:
    workbook(path, sheet_xml(""))
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + flags] |= 1
    path.write_bytes(data)


def packed_otherwise(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("xl/workbook.xml", "<workbook/>")


def too_deep(path: Path) -> None:
    workbook(path, sheet_xml("<x>" * DEPTH_MAX + "</x>" * DEPTH_MAX))


def in_no_encoding(path: Path) -> None:
    workbook(path, sheet_xml("").replace("UTF-8", "UTF-9"))


def archive_of(*names: str, content: str = "") -> Callable[[Path], None]:
    return lambda path: zipped(path, dict.fromkeys(names, content))


def inflated(path: Path, name: str, pieces: Iterator[bytes]) -> None:
    """A workbook one part of which is much longer than the file."""
    workbook(path, sheet_xml(""))
    with zipfile.ZipFile(path) as file:
        parts = {part: file.read(part) for part in file.namelist() if part != name}
    zipped(path, parts)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open(name, "w", force_zip64=True) as part,
    ):
        for piece in pieces:
            part.write(piece)


def bomb(path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<worksheet><sheetData>"
        for _ in range(UNPACKED_BYTES_MAX // 1_000_000 + 1):
            yield b" " * 1_000_000

    inflated(path, "xl/worksheets/sheet1.xml", pieces())


def bomb_of_one_name(path: Path) -> None:
    """What is one to XML must be in memory in one piece."""

    def pieces() -> Iterator[bytes]:
        yield b'<worksheet><sheetData><row r="'
        for _ in range(TOKEN_BYTES_MAX // 1_000_000 + 2):
            yield b"1" * 1_000_000
        yield b'"/></sheetData></worksheet>'

    inflated(path, "xl/worksheets/sheet1.xml", pieces())


REFUSALS: list[tuple[str, Made, str]] = [
    ("an old workbook", OLE + b"W\0o\0r\0k\0b\0o\0o\0k\0", "save it as .xlsx"),
    ("a locked workbook", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    ("a locked archive", locked, "password"),
    ("a PDF", b"%PDF-1.7\n%\xe2\xe3", "PDF holds pages"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "picture"),
    ("a photograph", b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
    ("a bitmap", b"BM\x36\0\0\0\0\0", "picture"),
    ("rich text", b"{\\rtf1\\ansi Noise Act}", "save it as .docx"),
    ("broken Parquet", b"PAR1\x15\x04", "damaged"),
    ("gzip", b"\x1f\x8b\x08\0", "Unpack it"),
    ("an archive of files", archive_of("a.csv", "b.csv", content="x"), "Unpack it"),
    ("an empty archive", archive_of(), "damaged"),
    ("a text document", archive_of("mimetype", content="application/vnd.oasis.opendocument.text"), ".docx"),
    ("a binary workbook", archive_of("xl/workbook.bin"), "save it as .xlsx|Save it as .xlsx"),
    ("XML", b'<?xml version="1.0"?><Workbook/>', ".xlsx"),
    ("zeros", bytes(1_000), "neither a table nor a text"),
    ("nothing", b"", "nothing in it"),
    ("a broken archive", b"PK\x03\x04" + bytes(100), "damaged"),
    ("a workbook that is cut off", cut_off, "damaged"),
    ("a workbook that is scrambled", scrambled, "damaged"),
    ("a workbook packed otherwise", packed_otherwise, "unusual"),
    ("XML that is too deep", too_deep, "damaged"),
    ("XML in no encoding", in_no_encoding, "damaged"),
    ("laughs", with_doctype(DOCTYPE), "entities"),
    ("laughs in UTF-16", in_utf_16, "entities"),
    ("laughs in a document", laughing_document, "entities"),
    ("a file of the server's", with_doctype(OUTSIDE), "entities"),
    ("a bomb", bomb, "unpacks to more than"),
    ("a bomb of one name", bomb_of_one_name, "damaged"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.xlsx"


def made(path: Path, content: Made) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    return path


def read(path: Path, *changed: str, name: str = "register.xlsx") -> tuple[int, Any, int]:
    """The exit code, what was said, and the most memory that the process had, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(path), name, *changed],
        capture_output=True,
        check=False,
        timeout=280,
    )
    said = json.loads(done.stdout) if done.stdout else None
    peak = done.stderr.decode().strip().rpartition("\n")[2]
    return done.returncode, said, int(peak) * 1024 if peak.isdecimal() else 0


@pytest.mark.parametrize(
    ("content", "words"), [case[1:] for case in REFUSALS], ids=[one[0] for one in REFUSALS]
)
def test_it_is_refused_with_a_sentence(path: Path, content: Made, words: str) -> None:
    code, said, peak = read(made(path, content))
    assert code == REFUSED, said
    assert any(word in said["message"] for word in words.split("|")), said
    assert said["message"].endswith(".")
    assert "/etc" not in said["message"]
    assert 0 < peak <= MEMORY_BYTES_MAX


def long_sheet(path: Path) -> None:
    """Rows for more than a gigabyte, of which nobody reads on behind the last that is taken."""
    row = b"<row><c t='str'><v>" + b"Noise Act 1996 " * 100 + b"</v></c></row>"
    block = row * 700

    def pieces() -> Iterator[bytes]:
        yield b"<worksheet><sheetData>"
        for _ in range(ROWS_MAX // 700 + 1):
            yield block
        for _ in range(20):
            yield b"<broken"

    inflated(path, "xl/worksheets/sheet1.xml", pieces())


def test_a_sheet_without_end_is_read_to_its_bound(path: Path) -> None:
    code, said, peak = read(made(path, long_sheet))
    assert code == 0, said
    (table,) = said["tables"]
    assert len(table["rows"]) <= ROWS_MAX
    assert any("Divide the file" in told for told in table["told"])
    assert peak <= MEMORY_BYTES_MAX


def test_a_cell_of_a_megabyte_is_cut(path: Path) -> None:
    workbook(path, sheet_xml(f'<row><c t="str"><v>{"x" * 1_000_000}</v></c></row>'))
    code, said, peak = read(path)
    assert code == 0
    assert len(said["tables"][0]["rows"][0]["cells"][0]) == CELL_CHARS_MAX
    assert peak < MEMORY_BYTES_MAX / 4


def test_whoever_takes_too_long_or_too_much_is_ended(path: Path) -> None:
    path.write_bytes(b"<table>" * 2_000_000)
    code, _, _ = read(path, "PROCESSOR_S_MAX=1")
    assert code < 0
    assert PROCESSOR_S_MAX <= 60
    path.write_bytes(b"x\n" * 10_000_000)
    code, said, _ = read(path, f"MEMORY_BYTES_MAX={64 * 1024 * 1024}")
    assert (code, said["message"]) == (REFUSED, TOO_MUCH_MEMORY)


def test_an_answer_larger_than_its_bound_is_refused(path: Path) -> None:
    path.write_bytes(b"Noise Act\n")
    code, said, _ = read(path, "ANSWER_BYTES_MAX=20")
    assert (code, said["code"]) == (REFUSED, TooLarge.code)
    assert ANSWER_BYTES_MAX < MEMORY_BYTES_MAX


def test_the_process_may_write_nothing_and_open_little(path: Path) -> None:
    script = WATCHED.replace(
        'status = Path("/proc/self/status").read_text()',
        "import os, resource\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == reading.OPEN_FILES_MAX\n"
        "assert os.nice(0) >= reading.NICENESS\n"
        "try:\n    Path(sys.argv[1]).write_text('x' * 9)\nexcept OSError:\n    sys.exit(77)\n"
        "status = 'VmPeak: 1'",
    )
    path.write_bytes(b"Noise Act\n")
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), "x"], capture_output=True, check=False, timeout=280
    )
    assert done.returncode == 77, done.stderr
    assert OPEN_FILES_MAX < 100


# ------------------------------------------------------------------------------------ the server's end


async def test_a_refusal_comes_as_the_error_that_it_is(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(InvalidInput, match="PDF holds pages") as refused:
        await tables_of_file(path, "register.pdf")
    assert refused.value.field == "file"


async def test_what_takes_too_long_by_the_clock_is_ended_and_nothing_is_left(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"Noise Act\n")
    monkeypatch.setattr(bound_process, "WITHIN_S_MAX", 0.0)
    with pytest.raises(TooLarge) as refused:
        await tables_of_file(path, "register.csv")
    assert refused.value.message == TOO_LONG
    ours = [child.cmdline() for child in psutil.Process().children() if child.status() != "zombie"]
    assert not [words for words in ours if str(path) in words]


async def test_a_name_may_be_as_long_and_odd_as_it_likes(path: Path) -> None:
    path.write_bytes(b"a;b\nc;d\n")
    for name in ("", "--help", "x" * 100_000, "clipboard", "\0.csv", "é" * NAME_CHARS_MAX):
        assert (await tables_of_file(path, name)).kind == "csv"


async def test_what_was_pasted_is_read_by_the_process_too() -> None:
    found = await tables_of_clipboard("x", "<table><tr><td>Noise Act</table>")
    assert (found.kind, found.tables[0].rows[0].cells) == ("html", ["Noise Act"])
    with pytest.raises(InvalidInput, match="nothing in it"):
        await tables_of_clipboard("", None)


async def test_a_document_of_another_program_with_a_fault_of_ours_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in a reader shows as a refusal, and in the log."""
    word_document("", path)
    monkeypatch.setattr(bound_process, "_KEPT", ())
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(InvalidInput, match="damaged"):
        await tables_of_file(path, "register.docx")
