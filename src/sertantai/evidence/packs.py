"""Packs, from the question to the file: gather, tell the statement, wait for its seal, pack."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from sertantai.audit.comparing.readable import naming_unreadable
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.sealing.notes import Key, head_in_words
from sertantai.evidence import sql
from sertantai.evidence.gathering import Gathered, NotSealedYet, WhichDeeds, gather, notice_in_log
from sertantai.evidence.identities import sealed_addresses
from sertantai.evidence.kept_heads import all_heads_for, stamps_for
from sertantai.evidence.offline_page import verify_page, verify_script
from sertantai.evidence.one_operation import operation_proof
from sertantai.evidence.packing import (
    About,
    Identity,
    Line,
    Opening,
    head_of,
    manifest_of,
    pack,
    sealed_files,
    statement_body,
)
from sertantai.evidence.readme import readme
from sertantai.evidence.report import report_html
from sertantai.evidence.report_pdf import report_pdf
from sertantai.postgres import Database, Role
from sertantai.sealing.blinds import Class
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.log import journals_of, keys_of, origin_of
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.outside.remembered import cosigners_of

SEALED_WITHIN_S: Final = 30.0
POLL_S: Final = 0.1
FOR_CHARACTERS_MAX: Final = 200


class Subject(StrEnum):
    """What a pack is about."""

    LIST = "list"
    LAW = "law"
    PERSON = "person"
    ORGANIZATION = "organization"


class Question(msgspec.Struct, frozen=True):
    """``of``: the list's, person's or organization's id, or the law's name. ``owner``: whose list it is.
    ``asked``: for whom, in words. ``origins``: IP addresses and browsers, too."""

    about: Subject
    of: str
    owner: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    asked: str | None = None
    origins: bool = False


class Made(msgspec.Struct, frozen=True):
    """``size``: of the head that it is under."""

    data: bytes
    entries: int
    origin: str
    size: int


class Packs:
    """``seal``: has everything sealed that is committed; without it somebody else does it soon."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        journal: UUID,
        notices: Notices,
        seal: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._folder = folder
        self._journal = journal
        self._notices = notices
        self._seal = seal
        self._making = asyncio.Lock()

    async def make(self, question: Question, by: UUID | None) -> Made:
        """One at a time. Raises `NotFound`, `TrailDiffers`, `PackTooLarge`, `NotSealedYet`, `Unreadable`,
        `DatabaseUnavailable`."""
        async with self._making, naming_unreadable(self._database):
            return await self._make(question, by)

    async def proof_of(self, owner: UUID, operation: UUID, part: int = 0) -> str:
        """That one operation is in the log: a `tlog-proof`. Raises as `operation_proof` does."""
        files = TrailFiles(self._folder)
        async with self._making, naming_unreadable(self._database):
            return await operation_proof(
                self._database, files, self._journal, owner, operation, part, self._seal
            )

    async def whose(self, operation: UUID, owners: Sequence[UUID]) -> tuple[UUID, UUID | None] | None:
        """Its owner, and the list that it was about, where it is one of theirs: of two the first."""
        async with self._database.session(Role.AUDITOR) as connection:
            rows = await connection.fetch(sql.WHOSE_OPERATION, operation, owners)
        found = {row["user_id"]: row["group_id"] for row in rows}
        return next(((owner, found[owner]) for owner in owners if owner in found), None)

    async def _make(self, question: Question, by: UUID | None) -> Made:
        files, keys = TrailFiles(self._folder), [*keys_of(self._folder), *cosigners_of(self._folder)]
        if self._seal is not None:
            await self._seal()
        newest = await asyncio.to_thread(files.newest_head)
        if newest is None:
            raise NotSealedYet("Nothing is sealed yet.")
        wanted, title = await self._wanted(question)
        found = await gather(self._database, files, {self._journal, *journals_of(self._folder)}, wanted)
        names = await self._names(found.people | ({by} if by is not None else set()), wanted.owner)
        about = _about(question, wanted, found)
        told = await sealed_addresses(self._database, files, names)
        heading, facts, sealed = await asyncio.to_thread(
            self._files, question, title, found, names, told, keys, newest.size
        )
        period, entries = (question.since, question.until), sealed["entries.ndjson"]
        pdf, without = await report_pdf(
            heading, facts, found.lines, names, *period, entries, head_in_words(newest)
        )
        sealed |= {"report.pdf": pdf} if pdf is not None else {}
        sealed["README.txt"] = readme(heading, origin_of(self._folder), "PACK.zip", without)
        manifest = await asyncio.to_thread(manifest_of, sealed)
        opened, commitment = await self._asked(question, about)
        body = statement_body(about, manifest, found.lines, commitment)
        async with self._database.transaction(Role.SYNC) as connection:
            id = await self._notices.tell(connection, Kind.STATEMENT, subject=about.owner, by=by, body=body)
        statement, head = await self._sealed(files, id)
        statement = msgspec.structs.replace(statement, opened=opened)
        return await asyncio.to_thread(_packed, files, head, sealed, found, statement, keys)

    async def _wanted(self, question: Question) -> tuple[WhichDeeds, str]:
        of = question.of
        match question.about:
            case Subject.LIST:
                group, owner = UUID(of), question.owner or await self._owner_of(UUID(of))
                return (
                    WhichDeeds(
                        owner,
                        lambda deed: deed.list == group,
                        (owner, group),
                        origins=question.origins,
                        subjects=frozenset({group}),
                        since=question.since,
                        until=question.until,
                    ),
                    "The history of a list",
                )
            case Subject.ORGANIZATION:
                house = UUID(of)
                return (
                    WhichDeeds(
                        house,
                        lambda _: True,
                        (house, house),
                        origins=question.origins,
                        subjects=frozenset({house}),
                        since=question.since,
                        until=question.until,
                    ),
                    "All that was done in an organisation",
                )
            case Subject.PERSON:
                person = UUID(of)
                return (
                    WhichDeeds(
                        None,
                        lambda deed: deed.actor == person,
                        None,
                        origins=question.origins,
                        subjects=frozenset({person}),
                        since=question.since,
                        until=question.until,
                    ),
                    "All that a person did",
                )
            case Subject.LAW:
                law = await self._law(of)
                return (
                    WhichDeeds(
                        question.owner,
                        lambda deed: any(row[1] == law for row in deed.rows),
                        None,
                        law,
                        origins=question.origins,
                    ),
                    f"What was decided of {of}",
                )

    async def _owner_of(self, group: UUID) -> UUID:
        async with self._database.session(Role.AUDITOR) as connection:
            found = await connection.fetchval(sql.OWNER_OF_LIST, group)
        if found is None:
            raise NotFound("There is no such list.")
        owner: UUID = found
        return owner

    async def _law(self, name: str) -> int:
        async with self._database.session(Role.AUDITOR) as connection:
            row = await connection.fetchrow(sql.LAW, name)
        if row is None:
            raise NotFound("There is no such law.")
        number: int = row["record_no"]
        return number

    async def _names(self, people: set[UUID], house: UUID | None) -> dict[UUID, str]:
        async with self._database.session(Role.AUDITOR) as connection:
            rows = await connection.fetch(sql.NAMES, sorted(people, key=str), house)
        return {row["id"]: row["name"] for row in rows}

    def _files(
        self,
        question: Question,
        title: str,
        found: Gathered,
        names: Mapping[UUID, str],
        told: Mapping[UUID, tuple[str, Line]],
        keys: list[Key],
        size: int,
    ) -> tuple[str, list[tuple[str, str]], dict[str, bytes]]:
        """The heading, what stands below it, and all files but the PDF and the README. ``told``: addresses,
        with the entries that say them, which come in, too."""
        by_index = {line.index: line for line in (*found.lines, *(line for _, line in told.values()))}
        found.lines = [by_index[index] for index in sorted(by_index)]
        identities = [
            Identity(id, told[id][1].index, told[id][0]) if id in told else Identity(id, None, names[id])
            for id in sorted(names, key=str)
        ]
        heading, facts = _headed(question, title, found, origin_of(self._folder))
        report = report_html(heading, facts, found.lines, names, question.since, question.until)
        heads = all_heads_for(self._folder, found.lines, size, keys)
        beside = _beside(report) | stamps_for(self._folder, heads)
        return heading, facts, sealed_files(found.lines, identities, keys, heads, beside)

    async def _asked(self, question: Question, about: About) -> tuple[tuple[Opening, ...], str | None]:
        """For whom it is, committed to, and opened in the pack itself."""
        if question.asked is None or about.owner is None:
            return (), None
        async with self._database.transaction(Role.SYNC) as connection:
            one = await self._notices.committing(
                connection, Class.CONTENT, about.owner, "asked", question.asked
            )
        return (Opening("body/asked", one.salt, "asked", one.text),), one.commitment

    async def _sealed(self, files: TrailFiles, told: UUID) -> tuple[Line, str]:
        """The statement at its place, and a head that it is under."""
        try:
            async with asyncio.timeout(SEALED_WITHIN_S):
                while True:
                    if self._seal is not None:
                        await self._seal()
                    found = await asyncio.to_thread(_find, files, told)
                    if found is not None:
                        return found
                    await asyncio.sleep(POLL_S)  # files tell nobody when they grow
        except TimeoutError:
            raise NotSealedYet("The pack's statement was not sealed in time. Try again later.") from None


def _beside(report: bytes) -> dict[str, bytes]:
    return {"report.html": report, "verify.html": verify_page(), "verify.py": verify_script()}


def _headed(
    question: Question, title: str, found: Gathered, origin: str
) -> tuple[str, list[tuple[str, str]]]:
    """The heading of the report, and what stands below it, label and text."""
    facts = [("Log", origin), ("Entries", f"{len(found.lines):,}")]
    if found.count is not None:
        facts.append(("Laws in the list at the end", f"{found.count:,}"))
    facts += [("From", f"{question.since:%Y-%m-%d %H:%M} UTC")] if question.since else []
    facts += [("Until", f"{question.until:%Y-%m-%d %H:%M} UTC")] if question.until else []
    facts += [("Made for", question.asked)] if question.asked else []
    if found.unsealed:
        facts.append(("Not in it", f"{found.unsealed:,} operations that are not sealed yet"))
    return f"{title}: {found.name}" if found.name else title, facts


def words_for(text: str | None, field: str) -> str | None:
    """For whom a pack is, in a few words. Raises `InvalidInput`."""
    if text is not None and len(text) > FOR_CHARACTERS_MAX:
        raise InvalidInput(f"{field}: {FOR_CHARACTERS_MAX} characters at most.", field=field)
    return text or None


def _packed(
    files: TrailFiles,
    head: str,
    sealed: Mapping[str, bytes],
    found: Gathered,
    statement: Line,
    keys: list[Key],
) -> Made:
    """Whoever calls it knows of the lines no more: to let go of hundreds of thousands takes its time."""
    entries = len(found.lines)
    data = pack(files, head, sealed, found.lines, statement, keys)
    while found.lines:
        found.lines.pop()
    return Made(data, entries, head_of(head).origin, head_of(head).size)


def _find(files: TrailFiles, told: UUID) -> tuple[Line, str] | None:
    note = files.newest_note()
    if note is None:
        return None
    found = notice_in_log(files, told)
    return None if found is None or head_of(note).size <= found[0] else (Line(*found), note)


def _about(question: Question, wanted: WhichDeeds, found: Gathered) -> About:
    has_history = wanted.history is not None
    owner = (
        wanted.owner
        if has_history
        else UUID(question.of)
        if question.about is Subject.PERSON
        else wanted.owner
    )
    return About(
        str(question.about),
        question.of,
        owner,
        found.last if has_history else None,
        found.count if question.about is Subject.LIST else None,
        question.since,
        question.until,
    )
