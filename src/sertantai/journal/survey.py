"""All of a journal's file, read and checked before anything writes to it."""

import sqlite3
import zlib
from contextlib import closing
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.ids import JournalId
from sertantai.journal import inspection_sql as sql
from sertantai.journal.about import PROOF, SEAL, VERSION_UNCHAINED, seal_of
from sertantai.journal.carving import Found
from sertantai.journal.chain import Link, crc_matches, link_of
from sertantai.journal.damage import Range
from sertantai.journal.keyed import MARK, JournalKey, entries_in, previous_in, proof_in, read_key

UNREADABLE: Final = (sqlite3.Error, ValueError, TypeError, OverflowError, msgspec.DecodeError)
"""What reading a damaged file may end in: also columns of wrong types, and messages that are no text."""
WRITE_VERSION_AT: Final = 18
WRITE_VERSION_MAX: Final = 2
"""In a file's header: https://www.sqlite.org/fileformat.html#file_format_version_numbers"""


class Survey(msgspec.Struct):
    """``faults`` say in words what is wrong; ``links`` are the batches that are right, in order."""

    application: int = 0
    about: dict[str, Any] = {}
    links: list[Link] = []
    gaps: list[tuple[int, int]] = []
    """Positions that are missing between batches, or before the first."""
    faults: list[str] = []
    key: JournalKey | None = None
    forged: list[Range] = []
    """Batches whose checksums are right, and which were not written with the key."""
    unproved: bool = False
    """There are batches that were written with a key, and it is not here."""

    @property
    def id(self) -> JournalId | None:
        value = self.about.get("id")
        return JournalId(UUID(bytes=value)) if isinstance(value, bytes) and len(value) == 16 else None

    @property
    def is_sealed(self) -> bool:
        """Whether what it says of itself is what was written."""
        texts = all(isinstance(key, str) for key in self.about)
        return texts and self.about.get(SEAL) == seal_of(self.about)

    @property
    def version(self) -> int:
        return self._number("version")

    @property
    def trimmed(self) -> int:
        return self._number("trimmed")

    @property
    def advanced(self) -> int:
        return self._number("advanced")

    @property
    def trimmed_chain(self) -> int:
        return self._number("chain")

    @property
    def anchored(self) -> bool:
        return self._number("anchored") == 1

    @property
    def anchor_since(self) -> int:
        """Records of the anchor up to this number speak of the journal before it was mended."""
        return self._number("anchor_since")

    @property
    def chain(self) -> int:
        return self.links[-1].chain if self.links else self.trimmed_chain

    @property
    def last(self) -> int:
        return max(self.links[-1].last if self.links else 0, self.trimmed, self.advanced)

    def allows(self, first: int, last: int, body: bytes) -> bool:
        """Whether a batch may be read, as far as anybody can tell."""
        return self.key is None or self.key.allows(first, last, body)

    def chain_at(self, position: int) -> int | None:
        """The chain's value after ``position``; None when no batch ends there."""
        for link in reversed(self.links):
            if link.last <= position:
                return link.chain if link.last == position or self._skipped(link.last, position) else None
        return self.trimmed_chain

    def _skipped(self, last: int, position: int) -> bool:
        """Whether nothing was written between the two."""
        following = next((link.first for link in self.links if link.first > last), self.last + 1)
        return position < following

    def _number(self, key: str) -> int:
        value = self.about.get(key)
        return value if isinstance(value, int) else 0


def survey(path: Path, *, checkpoints: bool = True, folder: Path | None = None) -> Survey:
    """Reads everything; writes nothing, not even the log into the file. ``folder``: in which the key is."""
    found = Survey()
    try:
        if not _is_writable(path):
            found.faults.append("its header forbids writing to it")
        with closing(read_only(path)) as connection:
            _survey(connection, found, folder or path.parent, checkpoints=checkpoints)
    except UNREADABLE as error:
        found.faults.append(f"SQLite cannot read all of it ({_plain(error)})")
    _check_about(found)
    _check_order(found)
    return found


def _plain(error: Exception) -> str:
    """Its message, which may hold bytes of the damaged file."""
    text = "its text is damaged" if isinstance(error, UnicodeDecodeError) else str(error)
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]


def read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5, isolation_level=None)


def _is_writable(path: Path) -> bool:
    """SQLite reads a file of a later version for writing all the same, and then writes nothing."""
    with path.open("rb") as file:
        header = file.read(WRITE_VERSION_AT + 1)
    return len(header) <= WRITE_VERSION_AT or header[WRITE_VERSION_AT] <= WRITE_VERSION_MAX


def readable(path: Path) -> list[Found]:
    """The batches that SQLite can read, whatever else is wrong."""
    found: list[Found] = []
    try:
        with closing(read_only(path)) as connection:
            for first, last, checksum, body in connection.execute(sql.BATCHES):
                if _is_row(first, last, checksum, body) and crc_matches(checksum, body):
                    found.append(Found(link_of(first, last, checksum), body))
    except UNREADABLE:
        return found
    return found


def _survey(connection: sqlite3.Connection, found: Survey, folder: Path, *, checkpoints: bool) -> None:
    connection.execute("BEGIN")
    found.application = connection.execute("PRAGMA application_id").fetchone()[0]
    if connection.execute("PRAGMA encoding").fetchone()[0] != "UTF-8":
        found.faults.append("its text is in another encoding")
    found.about = dict(connection.execute(sql.ABOUT).fetchall())
    found.key = read_key(folder, found.id)
    previous: bytes | None = found.about.get(PROOF)
    for first, last, checksum, body in connection.execute(sql.BATCHES):
        if not _is_whole(first, last, checksum, body):
            found.faults.append(f"the batch at position {first} does not match its checksum")
            previous = None
            continue
        link = link_of(first, last, checksum)
        if _is_proved(found, link, body, previous):
            found.links.append(link)
        previous = proof_in(body)
    if found.version > VERSION_UNCHAINED and not set(connection.execute(sql.TABLES)) <= _tables():
        found.faults.append("its tables are not those of a journal")
    said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        found.faults.append(f"SQLite finds it damaged ({said})")
    if checkpoints:
        _check_checkpoints(connection, found)


@cache
def _tables() -> set[Any]:
    """What SQLite notes of a new journal's tables; an older one may lack some."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(files("sertantai.journal").joinpath("schema.sql").read_text("utf-8"))
        return set(connection.execute(sql.TABLES))


def _is_proved(found: Survey, link: Link, body: bytes, previous: bytes | None) -> bool:
    """``previous``: the proof of the batch before; None where nothing is known about it."""
    key = found.key
    if key is None:
        found.unproved |= body.startswith(MARK)
    elif not key.allows(link.first, link.last, body):
        where = f"{link.first:,}" if link.first == link.last else f"{link.first:,} to {link.last:,}"
        found.faults.append(
            f"operations {where} are not as this server wrote them: the checksums were made right, but "
            "without the key"
        )
        found.forged.append((link.first, link.last))
        return False
    elif link.first > key.since and previous is not None and previous_in(body) != previous:
        found.faults.append(
            f"the batch at position {link.first} does not follow the one before it: that one is another"
        )
    return True


def _is_whole(first: Any, last: Any, checksum: Any, body: Any) -> bool:
    if not _is_row(first, last, checksum, body) or not crc_matches(checksum, body):
        return False
    # What the chain covers need not be counted.
    return bool(checksum >> 32 != 0 or len(entries_in(body)) == last - first + 1)


def _is_row(first: Any, last: Any, checksum: Any, body: Any) -> bool:
    """Whether its columns are what they ought to be; a damaged schema makes anything of them."""
    numbers = all(isinstance(number, int) and number >= 0 for number in (first, last, checksum))
    return isinstance(body, bytes) and numbers


def _check_checkpoints(connection: sqlite3.Connection, found: Survey) -> None:
    has_parts = connection.execute(sql.HAS_PARTS).fetchone() is not None
    for statement in [sql.CHECKPOINTS, sql.CHECKPOINT_PARTS] if has_parts else [sql.CHECKPOINTS]:
        for _, checksum, state in connection.execute(statement):
            if not isinstance(state, bytes) or zlib.crc32(state) != checksum:
                found.faults.append("a checkpoint does not match its checksum")
                return


def _check_about(found: Survey) -> None:
    if not found.about:
        return
    if not found.is_sealed and (found.version != VERSION_UNCHAINED or SEAL in found.about):
        found.faults.append("what it says about itself does not match its checksum")


def _check_order(found: Survey) -> None:
    chain, expected = found.trimmed_chain, found.trimmed + 1
    for link in found.links:
        skipped = link.chain == 0 and link.first - 1 <= found.advanced
        if link.first > expected and not (skipped or (link.chain and link.follows(chain))):
            found.gaps.append((expected, link.first - 1))
        elif not link.follows(chain):
            found.faults.append(f"the batch at position {link.first} does not follow the one before it")
        chain, expected = link.chain, link.last + 1
