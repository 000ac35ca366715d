"""Who looked at what is kept for a time: then the entry says nothing any more, and the log is whole."""

import asyncio
import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sertantai.audit.moments import in_words
from sertantai.audit.retaining import looks
from sertantai.audit.snapshots import Snapshots
from sertantai.core.clock import ManualClock
from sertantai.evidence import report_pdf
from sertantai.evidence.gathering import notice_in_log, notices_in_log
from sertantai.evidence.packs import Packs, Question, Subject
from sertantai.evidence.verify import TRUE, verify
from sertantai.retention.holds import Holds
from sertantai.retention.notices import TellLog
from sertantai.retention.plan import plan_on
from sertantai.retention.report import as_html, certificate
from sertantai.sealing.dropped import leaf_of
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.fsck import fsck
from sertantai.sealing.log import keys_of
from sertantai.sealing.notices import Kind
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person
from tests.postgres.audit.looks.conftest import OLD, SETTLED, YOUNG, Site
from tests.postgres.audit.test_own_retention import go_to, months_ago
from tests.postgres.audit.test_reports import Asks
from tests.postgres.audit.test_sealed_retention import NOW, in_force


async def test_what_is_over_goes_out_of_database_and_files_and_the_log_is_whole(
    site: Site, sealer: Sealer
) -> None:
    leaves = [leaf_of(line) for line in site.lines]
    before = await plan_on(site.database)
    await site.retain()
    assert await site.there() == site.told[OLD:]
    assert await site.differences() == []  # also before that is sealed
    await sealer.seal()
    assert [stub.id for stub in site.stubs] == site.told[:OLD]
    assert [leaf_of(line) for line in site.lines][: len(leaves)] == leaves
    text = (site.files.folder / "notices.ndjson").read_text()
    assert text.count('"what":"export"') == YOUNG
    assert await site.differences() == []
    checked = fsck(site.files.folder)
    assert checked.clean
    assert checked.notices == len(site.lines)
    await site.start().seal()  # whatever comes next follows what is left
    assert before.going == []  # a new period waits for 14 days, and is not planned before


async def test_the_plan_is_what_goes_and_the_act_stands_in_the_certificate(site: Site) -> None:
    await site.retaining().take_settings()
    await in_force(site.superuser)
    [going] = [one for one in (await plan_on(site.database)).going if one.about == "access"]
    assert (going.rows, going.held, going.act) == (OLD, 0, "deleted")
    assert going.bytes > 0
    await site.retaining().run()
    done = await certificate(site.database, NOW.year, NOW)
    [act] = done.acts
    assert (act.about, act.rows_gone, act.act) == ("access", OLD, "deleted")
    assert act.policies == [{"class": "access", "keep_months": 25}]
    assert "Who looked at what" in as_html(done)
    assert not [one for one in (await plan_on(site.database)).going if one.about == "access"]


async def test_the_report_of_who_looked_says_what_is_over(
    site: Site, snapshots: Snapshots, ann: Person
) -> None:
    asks = Asks(ann, snapshots, site.database)
    assert len(await asks.rows("access", period="all")) == OLD + YOUNG
    await site.retain()
    shown = await asks.report("access", period="all").shown()
    assert len(shown.rows) == YOUNG
    [said] = shown.ending.notes
    last = months_ago(30) + timedelta(days=OLD - 1)
    assert f"Who looked at what up to {in_words(last)} was dropped by retention" in said
    assert "the certificate of" in said
    since = months_ago(4).date().isoformat()
    assert (await asks.report("access", since=since).shown()).ending.notes == ()
    assert (await asks.report("removals", period="all").shown()).ending.notes == ()


@pytest.mark.parametrize("scope", ["installation", "person", "list", "law", "organization"])
async def test_a_hold_keeps_what_is_about_it(site: Site, sealer: Sealer, ann: Person, scope: str) -> None:
    if scope == "organization":
        add = "INSERT INTO organizations (id, name, slug) VALUES ($1, 'A', 'a')"
        await site.superuser.execute(add, ann.id)
    law = await site.superuser.fetchval("SELECT name FROM uk_lrt_records WHERE record_no = 3")
    old = months_ago(29)
    of_law = await site.tell(Kind.ACCESS, old, by=UUID(int=5), body={"what": "report", "law": law})
    await sealer.seal()
    target = {"person": str(ann.id), "list": str(ann.group), "law": law, "organization": "a"}.get(scope)
    holds = Holds(site.database, TellLog(site.notices))
    hold = await holds.place(scope, target, "A court asked for it", None)
    await site.retain()
    await sealer.seal()
    kept = {"installation": {*site.told, of_law}, "law": {*site.told[OLD:], of_law}}.get(scope, {*site.told})
    assert set(await site.there()) == kept
    [held] = [one for one in (await plan_on(site.database)).going if one.about == "access"]
    assert (held.rows, held.held) == (0, len(kept) - YOUNG)
    await holds.release(hold, "It is over", None)
    await site.retain()
    await sealer.seal()
    assert await site.there() == site.told[OLD:]
    assert await site.differences() == []
    assert fsck(site.files.folder).clean


async def test_a_clock_that_is_ahead_lets_nothing_go(site: Site, clock: ManualClock) -> None:
    await site.retaining().take_settings()
    await in_force(site.superuser)
    await site.superuser.execute(SETTLED, NOW - timedelta(days=400))
    go_to(clock, NOW + timedelta(days=400))
    await site.retaining().run()
    assert await site.there() == site.told


async def test_a_shorter_period_waits_and_a_longer_one_counts_at_once(site: Site) -> None:
    await site.retaining().take_settings()  # the first word of it: there is a trail, so it waits as well
    await site.retaining().run()
    assert await site.there() == site.told
    await in_force(site.superuser)
    await site.retaining(access_retention_months=40).take_settings()
    await site.retaining().run()
    assert await site.there() == site.told
    await site.retaining(access_retention_months=0).take_settings()
    await site.retaining(access_retention_months=1).take_settings()
    await site.retaining().run()
    assert await site.there() == site.told


async def test_what_is_not_sealed_or_of_another_log_stays(site: Site, sealer: Sealer) -> None:
    late = await site.tell(Kind.ACCESS, months_ago(30), body={"what": "late"})
    await site.retain()
    assert set(await site.there()) == {*site.told[OLD:], late}
    await sealer.seal()
    await site.retain()
    assert await site.there() == site.told[OLD:]


async def test_it_goes_some_at_a_time_each_with_its_act(
    site: Site, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "LOOKS_TOGETHER", 2)
    await site.retain()
    await sealer.seal()
    count = "SELECT count(*) FROM retention_acts WHERE class = 'access'"
    assert await site.superuser.fetchval(count) == 2
    assert len(site.stubs) == OLD
    assert await site.differences() == []
    assert fsck(site.files.folder).clean


async def test_what_is_under_no_head_stays(
    site: Site, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = site.files.newest_head()
    assert head is not None
    monkeypatch.setattr(TrailFiles, "newest_head", lambda files: msgspec.structs.replace(head, size=1))
    await site.retain()
    assert await site.there() == site.told[1:]


async def test_a_hold_between_plan_and_act_wins(
    site: Site, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, loop = looks._sealed_of, asyncio.get_running_loop()

    def held_meanwhile(files: Any, due: Any) -> Any:
        placing = Holds(site.database, TellLog(site.notices)).place(
            "installation", None, "A court asked for it", None
        )
        asyncio.run_coroutine_threadsafe(placing, loop).result(10)
        return original(files, due)

    monkeypatch.setattr(looks, "_sealed_of", held_meanwhile)
    await site.retain()
    assert await site.there() == site.told


async def test_packs_tell_what_went_of_their_time_and_readers_pass_over_it(
    site: Site, sealer: Sealer, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_pdf, "can_make_pdf", lambda: False)
    await site.retain()
    await sealer.seal()
    ids = [entry.id for _, entry in notices_in_log(site.files)]
    assert len(ids) == len(site.lines) - OLD
    assert notice_in_log(site.files, site.told[0]) is None
    packs = Packs(site.database, site.files.folder, site.engine.journal.id, site.notices, sealer.seal)
    key = str(keys_of(site.files.folder)[0])
    said = f"Dropped under the policy on {site.clock.now():%Y-%m-%d}"
    for since, is_said in ((None, True), (months_ago(20), False)):
        made = await packs.make(Question(Subject.LIST, str(ann.group), ann.id, since=since), ann.id)
        assert verify(made.data, [key])[0] == TRUE
        with zipfile.ZipFile(io.BytesIO(made.data)) as file:
            assert (said in file.read("report.html").decode()) is is_said
