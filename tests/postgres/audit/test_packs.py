"""Packs of what really happened: from the engine through PostgreSQL and the sealed files to the verifier."""

import io
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.core.operations import BulkSelect
from sertantai.core.sealing.notes import Head
from sertantai.engine.engine import Engine
from sertantai.evidence import gathering, report_pdf
from sertantai.evidence.gathering import PackTooLarge, TrailDiffers
from sertantai.evidence.kept_heads import HEADS_MAX, KEYS_MAX, heads_for
from sertantai.evidence.packing import Line, head_of
from sertantai.evidence.packs import FOR_CHARACTERS_MAX, Packs, Question, Subject, words_for
from sertantai.evidence.verify import TRUE, verify
from sertantai.postgres import Database
from sertantai.sealing.heads_file import ended
from sertantai.sealing.keys import HeadSigner
from sertantai.sealing.log import keys_of, newest_log
from sertantai.sealing.notices import Notices
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, add_person

MANY = 40
ADD_MORE = """
INSERT INTO uk_lrt_records (name, title_en)
SELECT 'UK_more_' || n, 'Further law ' || n FROM generate_series(1, 40) n ORDER BY n
"""


class Story(NamedTuple):
    ann: Person
    packs: Packs
    key: str
    superuser: "asyncpg.Connection[asyncpg.Record]"

    async def verified(self, question: Question, *said: str) -> dict[str, Any]:
        """What the pack holds; the verifier finds it true, and says all of ``said``."""
        made = await self.packs.make(question, self.ann.id)
        status, step, lines = verify(made.data, [self.key])
        assert (status, step) == (TRUE, None), lines
        for one in said:
            assert any(one in line for line in lines), (one, lines)
        with zipfile.ZipFile(io.BytesIO(made.data)) as file:
            files = {name: file.read(name) for name in file.namelist()}
        entries = [json.loads(line) for line in files["entries.ndjson"].splitlines()]
        return {"files": files, "entries": entries, "report": files["report.html"].decode()}

    def of_list(self, **other: Any) -> Question:
        return Question(Subject.LIST, str(self.ann.group), self.ann.id, **other)


@pytest.fixture(autouse=True)
def pdf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made in one test only: it takes longer than all the rest of a pack."""
    if "with_pdf" not in request.fixturenames:
        monkeypatch.setattr(report_pdf, "can_make_pdf", lambda: False)


@pytest.fixture
def with_pdf() -> None:
    """Asked for by who wants `report.pdf`."""


@pytest.fixture
async def story(
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> Story:
    """Ticks, a note, forty laws at once, a list of its own and a clearing, over three days."""
    await superuser.execute(ADD_MORE)
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    ben = await add_person(superuser, engine, clock, "ben@example.org")
    await ann.select(1)
    await ann.note(1, "as at <Leeds>")
    await ben.select(1)
    clock.advance(86_400)
    await ann.do(BulkSelect, records=pack(bitmap(range(11, 11 + MANY))))
    site = await ann.make_list("Site")
    await ann.do_note(site, 2, "of the site")
    await engine.flush()
    await sealer.seal()
    clock.advance(86_400)
    await ann.deselect(12)
    await ann.clear()
    await engine.flush()
    folder = newest_log(tmp_path)
    packs = Packs(database, folder, engine.journal.id, notices, sealer.seal)
    return Story(ann, packs, str(keys_of(folder)[0]), superuser)


async def test_the_history_of_a_list_is_proved_whole(story: Story) -> None:
    found = await story.verified(
        story.of_list(asked="Health and Safety Executive"),
        "Nothing was left out between number 1 and number 5",
        "right after each of 5 steps",
        "continues each of the 1 earlier heads",
    )
    assert [
        line["entry"]["rows"][0][0] for line in found["entries"] if type(line["entry"]["rows"]) is list
    ] == [
        "select",
        "annotate",
        "deselect",
    ]
    assert "as at &lt;Leeds&gt;" in found["report"]
    assert "ann@example.org" in found["report"]
    assert b"192.0.2.7" not in b"".join(found["files"].values())
    statement = json.loads(found["files"]["statement.json"])
    assert statement["opened"][0][3] == '"Health and Safety Executive"'
    assert (statement["entry"]["by"], statement["entry"]["subject"]) == (str(story.ann.id), str(story.ann.id))


async def test_the_report_is_there_as_a_pdf_too_and_is_sealed(story: Story, with_pdf: None) -> None:
    found = await story.verified(story.of_list())
    assert found["files"]["report.pdf"].startswith(b"%PDF-")
    assert b"report.pdf   " in found["files"]["README.txt"]
    assert "report.pdf" in json.loads(found["files"]["manifest.json"])["files"]


async def test_a_second_pack_holds_nothing_of_the_first_and_is_true_too(story: Story) -> None:
    for _ in range(2):
        await story.verified(story.of_list(), "All 5 entries")


async def test_origins_are_shown_where_they_were_asked_for(story: Story) -> None:
    found = await story.verified(story.of_list(origins=True))
    assert "192.0.2.7" in found["report"]
    assert sum(one[0] == "origin" for line in found["entries"] for one in line["opened"]) == 5


async def test_all_of_an_owner_one_law_and_one_person(story: Story) -> None:
    whole = await story.verified(Question(Subject.ORGANIZATION, str(story.ann.id)), "number 1 and number 6")
    assert len(whole["entries"]) == 6
    law = await story.verified(Question(Subject.LAW, "UK_more_2"), "whether entries were left out")
    assert len(law["entries"]) == 2
    assert all(len(line["rows"]["at"]) == 1 for line in law["entries"] if line["rows"] is not None)
    assert "UK_more_3" not in law["report"]
    person = await story.verified(Question(Subject.PERSON, str(story.ann.id)))
    assert len(person["entries"]) == 6


async def test_the_period_is_that_of_the_report(story: Story) -> None:
    begin = story.ann.clock.now() - timedelta(hours=1)
    found = await story.verified(story.of_list(since=begin), "All 5 entries")
    assert found["report"].count('class="outside"') == 3


async def test_a_list_that_nobody_has_touched_and_one_that_is_not_there(story: Story) -> None:
    await story.verified(Question(Subject.LIST, str(story.ann.group), UUID(int=77)), "All 0 entries")
    with pytest.raises(NotFound):
        await story.packs.make(Question(Subject.LIST, str(UUID(int=78))), None)
    with pytest.raises(NotFound):
        await story.packs.make(Question(Subject.LAW, "UK_nothing"), None)


async def test_no_pack_is_made_of_a_trail_that_is_not_what_was_sealed(story: Story) -> None:
    await story.superuser.execute("SET session_replication_role = replica")
    await story.superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
    await story.superuser.execute(
        "UPDATE selection_audit_log SET created_at = created_at - interval '1 hour' WHERE action = 'annotate'"
    )
    with pytest.raises(TrailDiffers, match="is not what was sealed"):
        await story.packs.make(story.of_list(), None)


async def test_bounds_of_a_pack(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ENTRIES_MAX`, `ROWS_MAX` and `OPENED_CHARACTERS_MAX` of gathering, `FOR_CHARACTERS_MAX` of packs."""
    entries = (await story.verified(story.of_list()))["entries"]
    opened = sum(len(one[3]) for line in entries for one in line["opened"])
    bounds = ("ENTRIES_MAX", 5), ("ROWS_MAX", 2 * MANY + 3), ("OPENED_CHARACTERS_MAX", opened)
    for name, fits in bounds:
        with monkeypatch.context() as patch:
            patch.setattr(gathering, name, fits)
            assert (await story.packs.make(story.of_list(), None)).entries == 5
            patch.setattr(gathering, name, fits - 1)
            with pytest.raises(PackTooLarge):
                await story.packs.make(story.of_list(), None)
    assert words_for("x" * FOR_CHARACTERS_MAX, "for")
    with pytest.raises(InvalidInput):
        words_for("x" * (FOR_CHARACTERS_MAX + 1), "for")


def written_heads(path: Path, sizes: list[int]) -> list[str]:
    signer = HeadSigner("example.org/trail/1", bytes(32))
    notes = [signer.sign(Head("example.org/trail/1", size, bytes([size % 251]) * 32)) for size in sizes]
    path.write_bytes(b"".join(ended(note, datetime.now(UTC)) for note in notes))
    return notes


def test_of_thousands_of_heads_those_of_the_days_are_found(tmp_path: Path) -> None:
    from tests.unit.evidence.small_log import small_log

    _, some = small_log()
    chance = random.Random(16)
    sizes = sorted(chance.sample(range(1, 9_000), 1_500))
    written_heads(tmp_path / "heads", sizes)
    day = 86_400_000_000
    for days in (1, 5, 40, 400, 4_000):
        lines = [
            Line(index, type(some[0].entry)(**fields_of(some[0].entry, at=some[0].entry.at + at * day)))
            for at, index in enumerate(sorted(chance.sample(range(9_500), days)))
        ]
        found = [head_of(note).size for note in heads_for(tmp_path / "heads", lines, 8_000)]
        assert len(found) <= HEADS_MAX
        last = {}
        for line in lines:
            last[line.entry.at // day] = line.index
        wanted = {
            next((size for size in sizes if size > index), 0)
            for index in [lines[0].index - 1, *last.values()]
        }
        allowed = {size for size in wanted if 0 < size < 8_000}
        assert set(found) <= allowed
        if days < HEADS_MAX:
            assert set(found) == allowed


def test_heads_beside_the_newest_notices_of_keys_are_found(tmp_path: Path) -> None:
    from tests.unit.evidence.small_log import SmallLog

    log = SmallLog()
    lines = [log.notice("key", {"key": "one"}) for _ in range(KEYS_MAX + 1)]
    lines.append(log.change([("select", 1, None)]))
    lines.append(log.change([("select", 2, None)]))
    written_heads(tmp_path / "heads", list(range(1, len(lines) + 1)))
    found = [head_of(note).size for note in heads_for(tmp_path / "heads", lines, 100)]
    assert found == [*range(1, KEYS_MAX + 2), len(lines)], "before each, over each, and the last of the day"
    lines.append(log.notice("key", {"key": "one"}))
    written_heads(tmp_path / "heads", list(range(1, len(lines) + 1)))
    found = [head_of(note).size for note in heads_for(tmp_path / "heads", lines, 100)]
    assert 1 not in found, "of more notices the newest"


def fields_of(entry: Any, **other: Any) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__} | other
