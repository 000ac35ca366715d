"""Saved reports, and what is sent of them: to whom, and what they see, is asked when it is sent. What people
say of the history itself, that they have reviewed it, stands in reports, too."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.security_events import SecurityEventKind
from sertantai.postgres import Role
from sertantai.reporting import saved
from sertantai.reporting.report import Report
from sertantai.reporting.reports import Reports
from sertantai.reporting.sending import ReportsSent
from sertantai.reporting.trail_reviewing import NOTE_CHARACTERS_MAX
from sertantai.web.services import STATE_KEY, Services
from tests.fixtures.visits import Visit, product

pytestmark = pytest.mark.asyncio(loop_scope="module")
MAILS = "SELECT recipient, subject FROM mail_outbox WHERE subject LIKE $1 ORDER BY recipient"
TOLD = "SELECT body FROM audit_notices WHERE kind = 'access' AND body ->> 'what' = 'report_sent'"
SAVED = "/audit/saved-reports"


class Later:
    """A clock that is some days ahead."""

    def __init__(self, clock: Clock, days: int) -> None:
        self._clock = clock
        self._ahead = timedelta(days=days)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead


class House:
    def __init__(self, app: Litestar) -> None:
        self.app = app
        self.services: Services = app.state[STATE_KEY]
        self.owner, self.member, self.gone = Visit(app), Visit(app), Visit(app)
        self.slug = f"o-{uuid4().hex[:20]}"
        self.ids: dict[str, str] = {}
        self.events: list[tuple[SecurityEventKind, object]] = []

    def record(
        self, kind: SecurityEventKind, user_id: Any = None, ip: Any = None, details: Any = None
    ) -> None:
        """As the security log would."""
        self.events.append((kind, details["report"]))

    async def begin(self) -> None:
        for visit in (self.owner, self.member, self.gone):
            await visit.sign_up()
            self.ids[visit.email] = (await visit.get("/me"))["id"]
        await self.owner.call("POST", "/organizations", {"name": "Acme", "slug": self.slug})
        for visit in (self.member, self.gone):
            path = f"/organizations/{self.slug}/invitations"
            token = (await self.owner.call("POST", path, {"role": "member"})).json()["token"]
            assert (await visit.call("POST", "/invitations/accept", {"token": token})).is_success

    def id(self, visit: Visit) -> str:
        return self.ids[visit.email]

    async def save(self, name: str, by: Visit | None = None, **body: Any) -> Any:
        stated = {"name": name, "question": "removals", "query": "", **body}
        answer = await (by or self.owner).call("PUT", f"{SAVED}/{uuid4()}", stated)
        return answer.json() | {"status": answer.status_code}

    async def rows(self, statement: str, *given: Any) -> list[asyncpg.Record]:
        async with self.app.state.database.transaction(Role.AUDITOR, readonly=True) as connection:
            found: list[asyncpg.Record] = await connection.fetch(statement, *given)
        return found

    async def mails(self, name: str) -> list[tuple[str, str]]:
        async with self.app.state.database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            return [(row["recipient"], row["subject"]) for row in await connection.fetch(MAILS, f"{name}:%")]

    async def send(self, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
        service = self.services
        reviews = service.trail_reviews
        reports = Reports(service.reporting, service.sights, service.saved_reports, reviews)
        letters = self.app.state.accounts.letters
        monkeypatch.setattr(service.reporting, "clock", Later(service.clock, days))
        await ReportsSent(self.app.state.database, service.access, reports, letters, self).turn()
        monkeypatch.undo()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    async with product() as app:
        made = House(app)
        await made.begin()
        yield made


async def test_a_report_is_saved_listed_renamed_and_deleted(house: House) -> None:
    kept = await house.save("Mine", query="period=last-month", zone="Europe/London")
    assert kept["url"] == "/audit/reports/removals?period=last-month&zone=Europe/London"
    assert (kept["next_at"], kept["recipients"]) == (None, [])
    assert "Mine" in await house.owner.text("/audit/reports")
    again = await house.save("mine")
    assert (again["status"], again["code"]) == (409, "report_name_taken")
    assert (await house.member.get(SAVED))["items"] == []
    assert (await house.member.call("DELETE", f"{SAVED}/{kept['id']}")).status_code == 404
    assert (await house.owner.call("DELETE", f"{SAVED}/{kept['id']}")).status_code == 204
    assert (await house.owner.get(SAVED))["items"] == []


async def test_the_page_saves_what_it_shows_and_deletes_it(house: House) -> None:
    fields = {"name": "By form", "question": "removals", "query": "period=all", "schedule": "weekly"}
    assert (await house.owner.send(SAVED, **fields)).status_code == 303
    assert "Every Monday" in await house.owner.text("/audit/reports")
    refused = await house.owner.send(SAVED, **{**fields, "name": ""})
    assert refused.status_code == 422
    assert "1 to 100 characters" in refused.text
    [one] = (await house.owner.get(SAVED))["items"]
    assert one["recipients"] == [house.id(house.owner)]
    assert (await house.owner.send(f"{SAVED}/{one['id']}/delete")).status_code == 303
    assert "By form" not in await house.owner.text("/audit/reports")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"question": "nothing"}, 404, "question"),
        ({"query": "hours=1-2"}, 422, "hours"),
        ({"query": "colour=red"}, 422, "colour"),
        ({"schedule": "hourly"}, 422, "schedule"),
        ({"zone": "Mars/Olympus"}, 422, "zone"),
        ({"question": "applicable"}, 422, "list"),
        ({"query": "organization=nobody"}, 404, "organization"),
        ({"query": "list=018f0000-0000-7000-8000-000000000099"}, 404, "list"),
        ({"recipients": ["018f0000-0000-7000-8000-000000000099"]}, 422, "recipients"),
    ],
)
async def test_what_cannot_be_answered_is_not_saved(
    house: House, body: dict[str, Any], status: int, field: str
) -> None:
    refused = await house.save("Refused", **body)
    assert (refused["status"], refused.get("field")) == (status, field)
    assert (await house.owner.get(SAVED))["items"] == []


async def test_so_many_can_be_saved(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "REPORTS_MAX", 1)
    kept = await house.save("First", by=house.member)
    assert (await house.save("Second", by=house.member))["code"] == "too_many_reports"
    await house.member.call("DELETE", f"{SAVED}/{kept['id']}")


async def test_each_recipient_is_sent_what_they_may_see_and_who_has_left_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    law = (await house.owner.get("/records?limit=1"))["items"][0]["id"]
    path = f"/organizations/{house.slug}/groups"
    hidden = (await house.owner.call("POST", path, {"name": "Hidden", "access": "restricted"})).json()["id"]
    await house.owner.call("PUT", f"/groups/{hidden}/records/{law}")
    await house.owner.call("DELETE", f"/groups/{hidden}/records/{law}")
    people = [house.id(one) for one in (house.owner, house.member, house.gone)]
    query = f"organization={house.slug}&period=all"
    kept = await house.save("Ours", query=query, schedule="daily", recipients=people)
    assert kept["next_at"] is not None
    gone = f"/organizations/{house.slug}/members/{house.id(house.gone)}"
    assert (await house.owner.call("DELETE", gone)).is_success
    await house.send(monkeypatch, days=0)
    assert await house.mails("Ours") == [], "it is not due"
    await house.send(monkeypatch, days=2)
    expected = {house.owner.email: "Ours: 1 row", house.member.email: "Ours: Nothing to report"}
    assert dict(await house.mails("Ours")) == expected
    await house.send(monkeypatch, days=2)
    assert len(await house.mails("Ours")) == 2, "once a day"
    [told] = await house.rows(TOLD)
    assert told["body"] == {"what": "report_sent", "question": "removals", "recipients": 2}
    [after] = (await house.owner.get(SAVED))["items"]
    assert after["sent_at"] is not None
    await house.owner.call("DELETE", f"{SAVED}/{kept['id']}")


async def test_what_cannot_be_sent_is_an_event_and_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await house.save("Late", schedule="monthly")

    async def away(_report: Report) -> None:
        raise DatabaseUnavailable("PostgreSQL does not answer.")

    monkeypatch.setattr(Report, "shown", away)
    await house.send(monkeypatch, days=40)
    assert await house.mails("Late") == []
    [one] = (await house.owner.get(SAVED))["items"]
    assert one["last_error"] == "PostgreSQL does not answer."
    assert house.events == [(SecurityEventKind.REPORT_NOT_SENT, "Late")]
    await house.send(monkeypatch, days=41)
    assert await house.mails("Late") == [(house.owner.email, "Late: Nothing to report")]
    [one] = (await house.owner.get(SAVED))["items"]
    assert one["last_error"] == ""
    await house.owner.call("DELETE", f"{SAVED}/{kept['id']}")


REVIEWS = "/audit/reviews"
SPAN = {"since": "2026-01-01", "until": "2026-03-31"}
SEALED = "SELECT subject, actor, body FROM audit_notices WHERE kind = 'reviewed' ORDER BY told DESC LIMIT 1"


async def reviews_of(house: House, visit: Visit, **asked: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in {"organization": house.slug, **asked}.items())
    rows: list[dict[str, Any]] = (await visit.get(f"/audit/reports/trail-reviews?{query}"))["rows"]
    return rows


async def test_who_reviewed_the_history_is_sealed_and_stands_in_the_reports(house: House) -> None:
    path = f"/audit/reports/reviews?organization={house.slug}"
    assert "Nobody has said yet that they reviewed the history" in await house.owner.text(path)
    said = {"organization": house.slug, **SPAN, "note": "=Two removals asked about"}
    assert (await house.owner.send(REVIEWS, **said)).status_code == 303
    [row] = await reviews_of(house, house.owner)
    assert (row["list"], row["since"], row["until"]) == ("All lists", "2026-01-01", "2026-03-31")
    assert row["note"] == "=Two removals asked about"
    [sealed] = await house.rows(SEALED)
    assert str(sealed["actor"]) == house.id(house.owner)
    assert (sealed["body"]["since"], sealed["body"]["until"]) == ("2026-01-01", "2026-03-31")
    assert len(sealed["body"]["note"]) == 64, "what people write is sealed as a commitment"
    text = await house.owner.text(path)
    assert "was reviewed last on" in text
    assert "from 1 January 2026 to 31 March 2026." in text
    whole = await house.owner.text(f"/audit/reports/whole?organization={house.slug}")
    assert "History reviewed: trail" in whole
    assert await reviews_of(house, house.member) == [], "it was of lists that they do not see"


async def test_of_one_list_whoever_sees_its_history_says_so(house: House) -> None:
    made = await house.owner.call("POST", f"/organizations/{house.slug}/groups", {"name": "Site A"})
    list_ = made.json()["id"]
    await house.owner.call(
        "POST", f"/organizations/{house.slug}/groups", {"name": "B", "access": "restricted"}
    )
    said = {"organization": house.slug, **SPAN}
    refused = await house.member.send(REVIEWS, **said)
    assert refused.status_code == 422, "not of all lists"
    assert "choose a list whose history you see" in refused.text
    assert (await house.member.send(REVIEWS, **said, list=list_)).status_code == 303
    [row] = await reviews_of(house, house.member)
    assert (row["list"], row["note"]) == ("Site A", None)
    assert (await house.gone.send(REVIEWS, **{**said, "organization": "nobody"})).status_code == 404
    own = {**SPAN, "note": "Mine"}
    assert (await house.member.send(REVIEWS, **own)).status_code == 303
    rows = (await house.member.get("/audit/reports/trail-reviews"))["rows"]
    assert [row["note"] for row in rows] == ["Mine"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"since": "2026-04-01"}, "must not be before the first day"),
        ({"until": "2999-01-01"}, "has not happened yet"),
        ({"until": "soon"}, "a day, such as"),
        ({"note": "x" * (NOTE_CHARACTERS_MAX + 1)}, "at most 500 characters"),
        ({"list": "018f0000-0000-7000-8000-000000000099"}, "does not exist"),
        ({"list": "nothing"}, "list"),
    ],
)
async def test_a_review_that_makes_no_sense_is_refused_and_the_form_stays(
    house: House, fields: dict[str, str], says: str
) -> None:
    refused = await house.owner.send(REVIEWS, **{"organization": house.slug, **SPAN, **fields})
    assert refused.status_code in (404, 422)
    assert says in refused.text
    assert "Record my review" in refused.text
    longest = {"note": "x" * NOTE_CHARACTERS_MAX}
    assert (await house.gone.send(REVIEWS, **SPAN, **longest)).status_code == 303


async def test_the_default_list_is_chosen_in_the_form_and_named_on_paper(house: House) -> None:
    text = await house.member.text("/audit/reports/applicable?list=default&at=2026-01-01")
    assert "List: My selection; On: 2026-01-01" in text.split("paper-note")[1]
    assert "selected>My selection</option>" in text
