"""A journal that was found damaged is built anew from all of it that can be read.

The file as it was found is kept under another name, what is wrong is noted, and only then the new file takes
its place: cut off at any line, the next start does what was left to be done.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import msgspec

from sertantai.core.ids import JournalId, Position
from sertantai.journal import entries_sql as sql
from sertantai.journal import sqlite_checkpoints
from sertantai.journal.about import APPLICATION_ID, PROOF, SCHEMA_VERSION, write_about
from sertantai.journal.anchor import AnchorFile, End, anchor_path, read_anchor
from sertantai.journal.carving import Found, carve, carve_identity
from sertantai.journal.chain import Link, next_link
from sertantai.journal.damage import Range, found
from sertantai.journal.damage_notes import DamageNotes
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import NO_PROOF, JournalKey, packed_in, proof_in, read_key
from sertantai.journal.known import KnownJournals
from sertantai.journal.survey import UNREADABLE, Survey, read_only, readable, survey
from sertantai.journal.verdict import Verdict, judge
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id
from sertantai.process.private_files import sync_directory

log = logger(__name__)


class _Restored(msgspec.Struct):
    """What the new file holds."""

    id: JournalId
    key: JournalKey | None
    trimmed: int
    trimmed_proof: bytes
    trimmed_chain: int
    advanced: int
    batches: list[Found]
    missing: list[Range]
    checkpoints_up_to: int
    anchor_serial: int


def look_after(path: Path, notes: DamageNotes) -> Verdict:
    """Before a journal is opened for writing: check all of it, mend what is damaged, note what is missing.

    Returns what is left to be done in the journal itself. Raises `JournalCorrupt` for a file that is none of
    ours or of a later version.
    """
    _finish(path)
    anchor = read_anchor(anchor_path(path))
    looked = survey(path) if path.exists() else Survey(faults=["its file is missing"])
    _refuse_foreign(path, looked, anchor)
    unanchored = anchor is None or anchor.newest is None
    if unanchored:
        notes.add(KnownJournals(path).missing_from(looked))
    if not looked.about and unanchored and not any(carve(path)):
        return Verdict()  # a new one, perhaps cut off while it was made; or none of ours, as SQLite will say
    verdict = judge(looked, anchor)
    if verdict.is_damaged:
        _mend(path, looked, anchor, verdict, notes)
        return Verdict()
    if anchor is not None and anchor.newest is not None and anchor.damaged:
        # As a power cut may leave it.
        log.info("one of the anchor's two records is not whole; the other one serves", journal=str(path))
    notes.add(found(f"{doubt}.", unbounded=True) for doubt in verdict.doubts)
    return verdict


def _refuse_foreign(path: Path, looked: Survey, anchor: AnchorFile | None) -> None:
    ours = anchor is not None and anchor.newest is not None
    if looked.application not in (0, APPLICATION_ID):
        if not ours:
            raise JournalCorrupt(f"{path} is not a journal: it is a database of another program.")
        looked.faults.append("its application id is not the journal's")
    later = looked.version > SCHEMA_VERSION
    meant = anchor is not None and anchor.newest is not None and anchor.newest.end.version == looked.version
    if later and (not ours or meant or looked.is_sealed):
        raise JournalCorrupt(f"The journal {path} was written by another version of Sertantai.")


def _mend(
    path: Path, looked: Survey, anchor: AnchorFile | None, verdict: Verdict, notes: DamageNotes
) -> None:
    restored = _restore(path, looked, anchor)
    building = path.with_name(f"{path.name}-mending")
    building.unlink(missing_ok=True)
    _build(building, restored, path)
    kept = _keep(path)
    faults = verdict.faults or ["batches are missing from it"]
    damage = found(
        f"The journal was damaged: {faults[0]}{_more(faults)}. {len(restored.batches):,} batches were read.",
        restored.missing,
        unbounded=anchor is None or anchor.newest is None,
        kept=[file.name for file in kept],
    )
    doubts = [found(f"{doubt}.", unbounded=True) for doubt in verdict.doubts]
    notes.add([damage, *doubts])
    building.rename(path.with_name(f"{path.name}-mended"))
    sync_directory(path.parent)
    _finish(path)


def _more(faults: Sequence[str]) -> str:
    return f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""


def _finish(path: Path) -> None:
    """Put a mended journal in its place; the one that was found is kept already."""
    mended = path.with_name(f"{path.name}-mended")
    if not mended.exists():
        return
    # The log belongs to the damaged file: it must never be applied to the new one.
    for name in ("-wal", "-shm"):
        path.with_name(f"{path.name}{name}").unlink(missing_ok=True)
    sync_directory(path.parent)
    mended.rename(path)
    sync_directory(path.parent)


def _keep(path: Path) -> list[Path]:
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    kept = []
    for name in ("", "-wal"):
        file = path.with_name(f"{path.name}{name}")
        if file.exists():
            target = path.with_name(f"{path.name}-damaged-{stamp}{name}")
            os.link(file, target)
            kept.append(target)
    sync_directory(path.parent)
    return kept


def _restore(path: Path, looked: Survey, anchor: AnchorFile | None) -> _Restored:
    end = anchor.newest.end if anchor is not None and anchor.newest is not None else None
    sound = not any("says about itself" in fault for fault in looked.faults) and bool(looked.about)
    trimmed, trimmed_chain = (looked.trimmed, looked.trimmed_chain) if sound else (0, 0)
    if end is not None and end.trimmed > trimmed:
        trimmed, trimmed_chain = end.trimmed, end.trimmed_chain
    identity = end.id if end is not None else (looked.id if sound else carve_identity(path))
    key = read_key(path.parent, identity)
    candidates = allowed([*readable(path), *carve(path), *in_anchor(anchor)], key)
    batches = choose(candidates, trimmed, trimmed_chain, end)
    advanced = looked.advanced if sound else 0
    if not sound and end is None and batches:
        trimmed = batches[0].link.first - 1  # nothing says what stood before
    last = max(batches[-1].link.last if batches else 0, trimmed, advanced, end.last if end else 0)
    missing = _missing(batches, trimmed, trimmed_chain, advanced if sound else 0, end)
    reliable = sound and trimmed == looked.trimmed
    # What is missing may be in PostgreSQL: an older checkpoint and what follows here are then not all of it.
    # A newer one may hold what nobody has any more.
    checkpoints_up_to = last if reliable and not missing else 0
    return _Restored(
        identity or JournalId(new_id()),
        key,
        trimmed,
        looked.about.get(PROOF, NO_PROOF) if reliable else NO_PROOF,
        trimmed_chain,
        last,
        batches,
        missing,
        checkpoints_up_to,
        anchor.newest.serial if anchor is not None and anchor.newest is not None else 0,
    )


def allowed(candidates: Iterable[Found], key: JournalKey | None) -> list[Found]:
    """Without those that somebody else wrote."""
    return [
        found
        for found in candidates
        if key is None or key.allows(found.link.first, found.link.last, found.body)
    ]


def in_anchor(anchor: AnchorFile | None) -> list[Found]:
    if anchor is None or anchor.newest is None or anchor.newest.body is None:
        return []
    end = anchor.newest.end
    return [Found(next_link(end.before, end.first, end.last, anchor.newest.body), anchor.newest.body)]


def choose(candidates: Iterable[Found], trimmed: int, chain: int, end: End | None) -> list[Found]:
    """Of all that was found the batches that belong to this journal, in order, none twice."""
    distinct = {candidate.link: candidate for candidate in candidates if candidate.link.last > trimmed}
    links = sorted(distinct)
    known = {link.chain for link in links} | {chain}
    known_at = {(link.last, link.chain) for link in links}
    ranked = sorted(links, key=lambda link: _rank(link, links, known, end), reverse=True)
    taken: list[Link] = []
    for link in ranked:
        beyond = end is not None and link.last > end.last
        # Behind the anchor's end stands at most what was committed as it was cut off; the rest was refused.
        if beyond and (end is None or not link.follows(end.chain) or (end.last, end.chain) not in known_at):
            continue
        if all(link.last < other.first or link.first > other.last for other in taken):
            taken.append(link)
    return [distinct[link] for link in sorted(taken)]


def _rank(link: Link, links: list[Link], known: set[int], end: End | None) -> tuple[bool, bool, bool]:
    if not link.chain:
        return (False, False, False)
    is_end = end is not None and (link.last, link.chain) == (end.last, end.chain)
    is_before = end is not None and link.chain == end.before
    led_on = any(other.chain and other.follows(link.chain) for other in links if other.first > link.last)
    return (is_end or is_before, led_on, any(link.follows(chain) for chain in known))


def _missing(batches: list[Found], trimmed: int, chain: int, advanced: int, end: End | None) -> list[Range]:
    missing, expected = [], trimmed + 1
    for (first, last, crc, value), _ in batches:
        link = Link(first, last, crc, value)
        skipped = (value != 0 and link.follows(chain)) or (value == 0 and first - 1 <= advanced)
        if first > expected and not skipped:
            missing.append((expected, first - 1))
        chain, expected = value, last + 1
    if end is not None and end.last >= expected and chain != end.chain:
        missing.append((expected, end.last))
    return missing


def _build(target: Path, restored: _Restored, old: Path) -> None:
    """Write the new file, whole and synced."""
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        target.chmod(0o600)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.executescript(files("sertantai.journal").joinpath("schema.sql").read_text("utf-8"))
        connection.execute("BEGIN")
        chain, proof = restored.trimmed_chain, restored.trimmed_proof
        for batch in restored.batches:
            body = _proved(batch, restored.key, proof)
            link = next_link(chain, batch.link.first, batch.link.last, body)
            connection.execute(sql.KEEP_BATCH, (link.first, link.last, link.checksum, body))
            chain, proof = link.chain, proof_in(body)
        _copy_checkpoints(old, connection, restored.checkpoints_up_to)
        write_about(
            connection,
            {
                "id": restored.id.bytes,
                "version": SCHEMA_VERSION,
                "trimmed": restored.trimmed,
                "advanced": restored.advanced,
                "chain": restored.trimmed_chain,
                PROOF: restored.trimmed_proof,
                "anchored": 0,
                # The anchor so far speaks of the journal that was.
                "anchor_since": restored.anchor_serial,
            },
        )
        connection.execute("COMMIT")
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _proved(batch: Found, key: JournalKey | None, previous: bytes) -> bytes:
    """Its body, behind the one that comes before it now."""
    if key is None or batch.link.first < key.since:
        return batch.body
    return key.sealed(previous, batch.link.first, batch.link.last, bytes(packed_in(batch.body)))[0]


def _copy_checkpoints(old: Path, connection: sqlite3.Connection, upto: int) -> None:
    """Those of a journal of which nothing is missing; the others are read from PostgreSQL again."""
    if not upto or not old.exists():
        return
    try:
        with closing(read_only(old)) as source:
            sqlite_checkpoints.copy_whole(source, connection, Position(upto))
    except UNREADABLE as error:
        log.warning("some checkpoints cannot be read; they are not needed", reason=str(error))
