"""A plan is what then goes, to the row; a hold wins; a shorter period waits until it was told of."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pyarrow.parquet  # type: ignore[import-untyped]  # it has no types
import pytest

from sertantai.audit.retaining.acts import Act, Retaining
from sertantai.audit.rewriting import rewrite
from sertantai.core.clock import ManualClock
from sertantai.core.errors import Forbidden, InvalidInput, NotFound, SertantaiError
from sertantai.core.ids import UserId
from sertantai.core.security_events import NoSecurityEvents
from sertantai.postgres import Database, Role
from sertantai.process.settings import Settings
from sertantai.retention import holds as holds_module
from sertantai.retention import report
from sertantai.retention.holds import HOLDS_MAX, Holds, TooManyHolds
from sertantai.retention.plan import plan_on
from sertantai.retention.policies import Policies
from sertantai.retention.report import ACTS_TOLD_MAX, certificate
from sertantai.retention.telling import PolicyNotices
from tests.fixtures.tallies import tallied as tallied

pytestmark = pytest.mark.usefixtures("tallied")

NOW = datetime.now(UTC)
WORKS, PERSON, GUEST = (UUID(int=number) for number in (1, 2, 3))
MONTHS = """
SET ROLE sertantai_migrator;
SELECT sertantai_make_month(parent, month)
  FROM unnest('{selection_operations,selection_audit_log}'::text[]) parent,
       generate_series(date_trunc('month', now())::timestamp - interval '36 months', now()::timestamp,
                       interval '1 month') month;
RESET ROLE
"""
PEOPLE = """
INSERT INTO users (id, email, role)
VALUES ($1, NULL, 'user'), ($2, 'ann@example.org', 'admin'), ($3, NULL, 'guest')
"""
# Each owner, in each month: 4 actions of 2 laws.
ROWS = """
INSERT INTO selection_audit_log
       (user_id, actor_id, record_id, record_no, record_name, action, selection_group, group_id, operation_id,
        position, session_id, ip_address, user_agent, created_at)
SELECT o, o, r.id, r.record_no, r.name, a, 'default', g.id, gen_random_uuid(),
       row_number() OVER (ORDER BY m, a, r.record_no), 'session', '192.0.2.7', 'a browser',
       m + interval '9 days'
  FROM unnest($1::uuid[]) o JOIN user_selection_groups g ON g.user_id = o
 CROSS JOIN generate_series(date_trunc('month', now()) - interval '36 months',
                            date_trunc('month', now()) - interval '1 month', interval '1 month') m
 CROSS JOIN unnest('{select,annotate,deselect,bulk_select}'::text[]) a
 CROSS JOIN uk_lrt_records r
"""
SETTLED = "UPDATE settled_time SET settled_at = $1, ahead_s = 0, waited_s = 0"
LONG_AGO = """
UPDATE retention_policies
   SET set_at = set_at - interval '60 days', in_force_from = in_force_from - interval '60 days'
"""
TOLD = """
INSERT INTO retention_notices (class, organization_id, action, in_force_from, told_at)
SELECT class, organization_id, action, in_force_from, set_at
  FROM retention_policies WHERE in_force_from > set_at
"""
COUNT = "SELECT count(*) FROM selection_audit_log"
WITH_ORIGIN = f"{COUNT} WHERE ip_address IS NOT NULL"


@pytest.fixture
async def trail(superuser: Any, database: Database) -> None:
    """Three years of an organization, an administrator and a guest."""
    await superuser.execute("INSERT INTO uk_lrt_records (name) VALUES ('UK_a'), ('UK_b')")
    await superuser.execute(MONTHS)
    await superuser.execute(PEOPLE, WORKS, PERSON, GUEST)
    await superuser.execute("INSERT INTO organizations (id, name, slug) VALUES ($1, 'Works', 'works')", WORKS)
    await superuser.execute(ROWS, [WORKS, PERSON, GUEST])
    await superuser.execute(SETTLED, datetime.now(UTC))
    # What its members might do is proved elsewhere.
    await superuser.execute("INSERT INTO audit_baseline_rights VALUES ($1, 1000000, '')", WORKS)


def retaining(database: Database, **settings: Any) -> Retaining:
    return Retaining(database, Settings(**settings), ManualClock())


async def in_force(superuser: Any) -> None:
    """What was asked for was told of, and its two weeks are over."""
    await superuser.execute(LONG_AGO)
    await superuser.execute(TOLD)


async def decide(
    database: Database, about: str, organization: str | None, action: str | None, months: int | None
) -> Any:
    policies = Policies(database)
    policy = await policies.asked(
        about, organization, action, months, for_ever=months is None, reason="A trial"
    )
    return await policies.set(policy, None)


def gone(acts: list[Act]) -> tuple[int, int]:
    return sum(act.done.rows_gone for act in acts), sum(act.done.rows_changed for act in acts)


async def test_a_plan_is_what_then_goes_to_the_row(trail: None, database: Database, superuser: Any) -> None:
    """Policies of the site, of guests, of an action, of an organization's action; and a law is held."""
    site = retaining(database, audit_retention_months=24)
    await site.take_settings()
    await decide(database, "deeds", None, "annotate", None)
    await decide(database, "deeds", "works", "annotate", 14)
    await in_force(superuser)
    law = await superuser.fetchval("SELECT id FROM uk_lrt_records WHERE name = 'UK_a'")
    await Holds(database).place("law", str(law), "A court asked for it", None)
    before, with_origin = await superuser.fetchval(COUNT), await superuser.fetchval(WITH_ORIGIN)

    plan = await plan_on(database)
    acts = await site.run()

    deeds = sum(one.rows for one in plan.going if one.about == "deeds")
    origins = sum(one.rows for one in plan.going if one.about == "origins")
    assert gone(acts) == (deeds, origins)
    assert before - await superuser.fetchval(COUNT) == deeds > 0
    assert with_origin - await superuser.fetchval(WITH_ORIGIN) == deeds + origins
    by_month = {act.done.month[-7:].replace("_", "-"): act.done.rows_gone for act in acts}
    for month, rows in by_month.items():
        assert rows == sum(one.rows for one in plan.going if (one.about, one.month) == ("deeds", month))
    # Each rule, by what it left: owner, action, law, and the oldest month of it.
    kept = {
        (row["user_id"].int, row["action"], row["record_name"]): row["months"]
        for row in await superuser.fetch(
            "SELECT user_id, action, record_name, count(DISTINCT date_trunc('month', created_at)) AS months"
            " FROM selection_audit_log GROUP BY 1, 2, 3"
        )
    }
    assert kept[2, "select", "UK_b"] == 24
    assert kept[2, "annotate", "UK_b"] == 36
    assert kept[1, "annotate", "UK_b"] == 14
    assert kept[1, "deselect", "UK_b"] == 24
    assert kept[3, "select", "UK_b"] == 13
    assert {months for (_, _, law), months in kept.items() if law == "UK_a"} == {36}
    assert sum(one.held for one in plan.going if one.about == "deeds") > 0
    assert [one for one in (await plan_on(database)).going if one.rows] == []
    assert await site.run() == []


async def test_what_is_held_goes_once_it_is_released(trail: None, database: Database, superuser: Any) -> None:
    site, holds = retaining(database, audit_retention_months=30), Holds(database)
    await site.take_settings()
    hold = await holds.place("installation", None, "A court asked for it", UserId(PERSON))
    assert await site.run() == []
    assert sum(one.held for one in (await plan_on(database)).going) == 3 * 8 * 6
    await holds.release(hold, "It was settled", UserId(PERSON))
    assert gone(await site.run())[0] == 3 * 8 * 6
    [found] = await holds.all()
    assert (found.reason, found.release_reason, found.placed_by) == (
        "A court asked for it",
        "It was settled",
        "ann@example.org",
    )
    with pytest.raises(NotFound):
        await holds.release(hold, "Again", None)


async def test_a_hold_between_plan_and_act_wins_and_so_does_a_longer_period(
    trail: None, database: Database, superuser: Any
) -> None:
    site = retaining(database, audit_retention_months=30)
    await site.take_settings()
    before = await superuser.fetchval(COUNT)

    async def begin_and(change: Any) -> None:
        async def begin(connection: Any) -> bool:
            assert await connection.fetchrow("SELECT * FROM sertantai_retain_audit_month()") is not None
            await change()
            return True

        with pytest.raises(SertantaiError):
            await rewrite(database, begin)

    longer = "UPDATE retention_policies SET keep_months = 60 WHERE class = 'deeds'"
    await begin_and(lambda: superuser.execute(longer))
    await superuser.execute(longer.replace("60", "30"))
    await begin_and(lambda: Holds(database).place("person", "ann@example.org", "A court", None))
    assert await superuser.fetchval(COUNT) == before


async def test_a_shorter_period_is_told_of_by_mail_and_counts_two_weeks_later(
    trail: None, database: Database, superuser: Any
) -> None:
    said: list[tuple[str, str]] = []

    class Post:
        """Keeps what is written, in place of a mail server."""

        def url(self, path: str) -> str:
            return f"https://example.org{path}"

        async def put(self, connection: Any, recipient: str, text: Any) -> None:
            said.append((recipient, text.subject))

        def put_in(self) -> None:
            """Nobody sends it."""

    await retaining(database).take_settings()
    shorter = retaining(database, audit_retention_months=12)
    await shorter.take_settings()
    notices = PolicyNotices(database, Post(), NoSecurityEvents())  # type: ignore[arg-type]  # see its docstring
    told = await notices.tell_all()
    assert told == 5  # deeds; and what was kept for ever until now: origins, guests, rejections, access
    assert {recipient for recipient, _ in said} == {"ann@example.org"}
    assert await notices.tell_all() == 0
    assert await shorter.run() == []
    policies = await Policies(database).all()
    [waits] = [one for one in policies if one.about == "deeds" and one.in_force_from is not None]
    assert waits.kept.months == 12
    assert waits.in_force_from is not None
    assert (
        timedelta(days=13, hours=23) < waits.in_force_from - datetime.now(UTC) < timedelta(days=14, hours=1)
    )
    planned = await plan_on(database, datetime.now(UTC) + timedelta(days=40))
    assert planned.rows > 0
    await retaining(database).take_settings()
    assert not [one for one in await Policies(database).all() if one.about == "deeds" and one.in_force_from]


async def test_a_month_is_archived_whole_before_it_goes(
    trail: None, database: Database, superuser: Any, tmp_path: Path
) -> None:
    site = retaining(database, audit_retention_months=35, retention_archive_dir=str(tmp_path / "archive"))
    await site.take_settings()
    [act] = await site.run()
    assert act.archive is not None
    assert (act.archive.rows, act.done.rows_gone) == (24, 24)
    files = {path.name: path.read_bytes() for path in (tmp_path / "archive").iterdir()}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in files.items()} == act.archive.files
    [lines] = [data for name, data in files.items() if name.endswith(".ndjson")]
    rows = [msgspec.json.decode(line) for line in lines.splitlines()]
    assert len(rows) == 24
    assert {row["ip_address"] for row in rows} == {"192.0.2.7"}
    [table] = [name for name in files if name.endswith(".parquet")]
    assert pyarrow.parquet.read_table(tmp_path / "archive" / table).num_rows == 24


async def test_where_the_archive_cannot_be_written_nothing_goes_and_it_is_said(
    trail: None, database: Database, superuser: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    site = retaining(
        database, audit_retention_months=30, retention_archive_dir=str(tmp_path / "file" / "below")
    )
    await site.take_settings()
    before = await superuser.fetchval(COUNT)
    with pytest.raises(SertantaiError, match="could not be written"):
        await site.run()
    assert await superuser.fetchval(COUNT) == before
    assert "could not be written" in await superuser.fetchval("SELECT error FROM retention_runs")


async def test_each_act_has_a_line_that_nobody_can_take_away(
    trail: None, database: Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = retaining(database, audit_retention_months=34)
    await site.take_settings()
    acts = await site.run()
    found = await certificate(database, NOW.year, datetime.now(UTC))
    assert [act.id for act in found.acts] == [act.id for act in acts]
    assert found.rows_gone == gone(acts)[0] == 2 * 24
    assert found.acts[0].by_action == {"select": 6, "annotate": 6, "deselect": 6, "bulk_select": 6}
    assert {"class": "deeds", "keep_months": 34} in found.acts[0].policies
    with pytest.raises(Forbidden):
        async with database.transaction(Role.SYNC) as connection:
            await connection.execute("DELETE FROM retention_acts")
    monkeypatch.setattr(report, "ACTS_TOLD_MAX", 1)
    assert ACTS_TOLD_MAX > 1
    with pytest.raises(InvalidInput):
        await certificate(database, NOW.year, datetime.now(UTC))
    with pytest.raises(InvalidInput):
        await certificate(database, NOW.year + 1, datetime.now(UTC))


async def test_holds_of_what_is_not_there_and_too_many_are_refused(
    trail: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = Holds(database)
    for scope, target in (
        ("planet", None),
        ("installation", "works"),
        ("list", None),
        ("list", "not an id"),
        ("law", str(uuid4())),
        ("person", "nobody@example.org"),
    ):
        with pytest.raises((InvalidInput, NotFound)):
            await holds.place(scope, target, "A court", None)
    with pytest.raises(InvalidInput):
        await holds.place("installation", None, " ", None)
    assert HOLDS_MAX > 1
    monkeypatch.setattr(holds_module, "HOLDS_MAX", 1)
    await holds.place("organization", "works", "A court", None)
    with pytest.raises(TooManyHolds):
        await holds.place("law", "UK_a", "A court", None)
