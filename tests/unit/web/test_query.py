"""Addresses: read, written, and the same again; each kind of them refuses what it does not know."""

import importlib
import re
from datetime import UTC
from pkgutil import walk_packages
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai import web
from sertantai.audit.trail import THE_BEGINNING, THE_END
from sertantai.core import audit_words
from sertantai.core.cursors import LIMIT_MAX
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, RecordId
from sertantai.core.security_events import SecurityEventKind
from sertantai.http.query_names import TRACKING, TRACKING_PREFIX
from sertantai.lists.listing import ListQuery, Query
from sertantai.lists.together.responsibilities import DUE
from sertantai.records.columns import SORTABLE, YEAR_MAX, YEAR_MIN
from sertantai.records.filters import FILTER_FIELDS, RecordFilter, filter_body, kept_filter, parse_filter
from sertantai.records.sorting import BY_TITLE, Sort, SortTerm
from sertantai.reporting.wording import SOURCES as TRAIL_SOURCES
from sertantai.security.asked import DAYS_MAX
from sertantai.web.api.asked import (
    EXPORT,
    EXPORT_LIST,
    FILTER,
    LISTED,
    RECORDS,
    REMOVAL,
    ExportQuery,
    FilterAsked,
    ListExportQuery,
    RemovalQuery,
)
from sertantai.web.api.audit import TRAIL, TrailQuery
from sertantai.web.api.grants import ACCESS, AccessQuery
from sertantai.web.api.groups import CHANGES, ChangesQuery
from sertantai.web.api.members import MEMBERS, MembersQuery
from sertantai.web.api.paged import PAGED, PagedQuery
from sertantai.web.api.past import PAST, PastQuery
from sertantai.web.api.retention import desk as retention
from sertantai.web.live import events
from sertantai.web.outside.links import SHARED, SharedQuery
from sertantai.web.pages.admin.retention import RETENTION, RetentionAsked
from sertantai.web.pages.admin.security import SECURITY, SecurityAsked
from sertantai.web.pages.admin.users import USERS, UsersAsked
from sertantai.web.pages.history import audit as history_audit
from sertantai.web.pages.history.history import HISTORY, LAW_CHARACTERS_MAX, HistoryView
from sertantai.web.pages.lists import counts as list_counts
from sertantai.web.pages.lists import shared, who_sees
from sertantai.web.pages.lists.compare import COMPARE, CompareAsked
from sertantai.web.pages.lists.import_reports import IMPORTS, ImportsAsked
from sertantai.web.pages.lists.importing import IMPORT, ImportAsked
from sertantai.web.pages.organizations import audit, home, looking_in, members, teams
from sertantai.web.pages.register import counts as register_counts
from sertantai.web.pages.register.register import RECORD, RecordAsked
from sertantai.web.pages.reports import reports
from sertantai.web.parts.columns import ALL, parse_columns
from sertantai.web.parts.history_wording import ACTION_CHOICES
from sertantai.web.parts.led_on import FROM_MAIL, LED_ON, FromMail, LedOn
from sertantai.web.parts.list_view import LIST, MARKS, ListView
from sertantai.web.parts.register_view import REGISTER, RegisterView
from sertantai.web.parts.reporting.view import REPORT, ReportView
from sertantai.web.query import PAGE_MAX, SIZES, VERSION_MAX, Shape
from sertantai.web.scim import asked as scim_asked
from tests.house.repository import SOURCE

QUERY_JS: Final = SOURCE / "web" / "browser" / "query.js"
# What an address can carry: any text but lone surrogates; what stands around a text is no part of it.
text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)
stripped = text.map(str.strip)
values = st.lists(text, max_size=4, unique=True).map(tuple)
years = st.integers(YEAR_MIN, YEAR_MAX)
filters = st.builds(
    RecordFilter,
    q=st.none() | stripped,
    family=values,
    family_ii=values,
    type_code=values,
    live=values,
    year=st.lists(years, max_size=4, unique=True).map(tuple),
    year_from=st.none() | years,
    year_to=st.none() | years,
)
sorts = st.lists(st.sampled_from(SORTABLE), min_size=1, max_size=2, unique=True).flatmap(
    lambda columns: st.tuples(*(st.builds(SortTerm, st.just(one), st.booleans()) for one in columns)).map(
        Sort
    )
)
coming = st.builds(SortTerm, st.just("added"), st.booleans()).map(lambda term: Sort((term,)))
maybe_text = st.just("") | text
short = st.text("ab é", max_size=9).map(str.strip)
maybe = st.none() | stripped
flags = st.none() | st.booleans()
limits = st.integers(1, LIMIT_MAX)
pages = st.integers(1, PAGE_MAX)
ids = st.uuids()
moments = st.datetimes(
    THE_BEGINNING.replace(tzinfo=None), THE_END.replace(tzinfo=None), timezones=st.just(UTC)
)

register_views = st.builds(RegisterView, filters, flags, maybe, sorts, pages, st.sampled_from(SIZES))
list_views = st.builds(
    ListView,
    st.just("/groups/1"),
    filters,
    maybe,
    st.none() | st.sampled_from(MARKS),
    st.none() | sorts | coming,
    pages,
    st.sampled_from(SIZES),
)
versions = st.integers(0, VERSION_MAX)


def since(kind: type, views: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What asks for the counts of a view."""
    return st.builds(
        lambda view, version: kind(**msgspec.structs.asdict(view), since=version), views, versions
    )


SHAPES: Final[dict[str, tuple[Shape[Any], st.SearchStrategy[Any], dict[str, Any]]]] = {
    "the register's page": (REGISTER, register_views, {}),
    "its counts": (register_counts.COUNTS, since(register_counts.Since, register_views), {}),
    "a list's page": (LIST, list_views, {"path": "/groups/1"}),
    "the counts of a list": (
        list_counts.COUNTS,
        since(list_counts.Since, list_views),
        {"path": "/groups/1"},
    ),
    "laws for programs": (
        RECORDS,
        st.builds(Query, filters, flags, st.booleans(), stripped, sorts, st.none() | text, limits),
        {},
    ),
    "laws of a list for programs": (
        LISTED,
        st.builds(
            ListQuery,
            filters,
            flags,
            st.booleans(),
            stripped,
            sorts,
            st.none() | text,
            limits,
            maybe,
            st.none() | st.just(DUE),
        ),
        {},
    ),
    "the file of a list": (
        EXPORT_LIST,
        st.builds(
            ListExportQuery,
            filters,
            flags,
            st.booleans(),
            stripped,
            st.none() | sorts,
            maybe,
            maybe,
            st.none() | st.just(DUE),
        ),
        {},
    ),
    "a file": (
        EXPORT,
        st.builds(ExportQuery, filters, flags, st.booleans(), stripped, st.none() | sorts, maybe),
        {},
    ),
    "an organization's page": (home.HOME, st.builds(home.HomeView, short, pages), {}),
    "the members' page": (members.MEMBERS, st.builds(members.MembersView, short, short, pages), {}),
    "a list read by a link": (
        shared.SHARED,
        st.builds(shared.SharedView, short, st.sampled_from(["", shared.ALL]), pages),
        {},
    ),
    "the same for programs": (
        SHARED,
        st.builds(SharedQuery, short, st.none() | text, limits),
        {},
    ),
    "what a directory asks": (
        scim_asked.ASKED,
        st.builds(scim_asked.ScimQuery, short, st.integers(1, 1_000), st.integers(0, 1_000), short, short),
        {},
    ),
    "the page of who sees a list": (who_sees.WHO_SEES, st.builds(who_sees.WhoSees, short, short, pages), {}),
    "the history of an organization": (
        audit.AUDIT,
        st.builds(
            audit.AuditView,
            group=maybe_text,
            actor=maybe_text,
            action=st.sampled_from(["", *(value for value, _ in audit.KINDS)]),
            since=maybe_text,
            until=maybe_text,
            cursor=maybe_text,
        ),
        {},
    ),
    "a team's page": (teams.TEAM, st.builds(teams.TeamView, short, pages), {}),
    "the trail": (
        TRAIL,
        st.builds(
            TrailQuery,
            group=st.none() | st.just("default") | ids.map(GroupId),
            record=st.none() | ids.map(RecordId),
            actions=st.lists(st.sampled_from(audit_words.ALL), max_size=3).map(tuple),
            since=moments,
            until=moments,
            lists=st.booleans(),
            cursor=st.just("") | text,
            limit=limits,
        ),
        {},
    ),
    "whose reports": (reports.WHOSE, st.builds(reports.Whose, short), {}),
    "a report": (
        REPORT,
        st.builds(ReportView, **dict.fromkeys(ReportView.__struct_fields__, short)),
        {},
    ),
    "the trail's page": (
        history_audit.TRAIL_VIEW,
        st.builds(
            history_audit.TrailView,
            organization=maybe_text,
            person=maybe_text,
            what=st.sampled_from(["", *(value for value, _ in history_audit.WHAT)]),
            list=maybe_text,
            law=st.just("") | stripped,
            since=maybe_text,
            until=maybe_text,
            source=st.sampled_from(["", *TRAIL_SOURCES]),
            undone=st.sampled_from(["", "yes", "no"]),
            cursor=maybe_text,
        ),
        {},
    ),
    "the history's page": (
        HISTORY,
        st.builds(
            HistoryView,
            group=st.just("") | text,
            action=st.just("") | st.sampled_from([value for value, _, _ in ACTION_CHOICES if value]),
            law=st.just("") | stripped,
            since=st.just("") | text,
            until=st.just("") | text,
            cursor=st.just("") | text,
        ),
        {},
    ),
    "what is kept for how long": (RETENTION, st.builds(RetentionAsked, on=st.just("") | stripped), {}),
    "what goes": (retention.PLAN, st.builds(retention.PlanAsked, on=st.just("") | stripped), {}),
    "what went": (retention.YEAR, st.builds(retention.YearAsked, year=st.integers(2_000, 9_999)), {}),
    "the security log": (
        SECURITY,
        st.builds(
            SecurityAsked,
            kind=st.just("") | st.sampled_from([kind.value for kind in SecurityEventKind]),
            severity=st.just("") | text,
            user=st.just("") | text,
            ip=st.just("") | text,
            days=st.integers(1, DAYS_MAX),
            cursor=st.just("") | text,
            alert_sent=st.just("") | text,
        ),
        {},
    ),
    "the filter of a list": (FILTER, st.builds(FilterAsked, filters), {}),
    "why laws go": (REMOVAL, st.builds(RemovalQuery, st.none() | text), {}),
    "lists": (PAGED, st.builds(PagedQuery, st.just("") | text, limits), {}),
    "who sees a list": (ACCESS, st.builds(AccessQuery, st.just("") | text, limits, st.none() | moments), {}),
    "members": (MEMBERS, st.builds(MembersQuery, stripped, stripped, st.just("") | text, limits), {}),
    "changes of a list": (CHANGES, st.builds(ChangesQuery, versions), {}),
    "imports into a list": (IMPORTS, st.builds(ImportsAsked, st.just("") | text), {}),
    "a list as it was": (PAST, st.builds(PastQuery, st.just("") | text, st.just("") | text), {}),
    "lists side by side": (
        COMPARE,
        st.builds(CompareAsked, st.lists(text, max_size=3).map(tuple), text),
        {},
    ),
    "an import": (IMPORT, st.builds(ImportAsked, st.just("") | text), {}),
    "a law": (RECORD, st.builds(RecordAsked, st.just("") | text), {}),
    "every organization": (looking_in.EVERY_ASKED, st.builds(looking_in.EveryAsked, st.just("") | text), {}),
    "members that are looked at": (looking_in.MEMBERS_ASKED, st.builds(looking_in.MembersAsked, pages), {}),
    "a list that is looked at": (
        looking_in.LAWS_ASKED,
        st.builds(looking_in.LawsAsked, st.just("") | text),
        {},
    ),
    "users": (USERS, st.builds(UsersAsked, st.just("") | text), {}),
    "where to go on": (LED_ON, st.builds(LedOn, st.just("") | text, st.just("") | text), {}),
    "what is followed": (
        events.FOLLOWING,
        st.builds(
            events.Following,
            st.none() | st.integers(0, 10**9),
            st.just("") | st.text("0123456789abcdef-", min_size=1, max_size=events.EPOCH_CHARACTERS_MAX),
            st.sampled_from(["", "summary"]),
            st.sampled_from(["", "now"]),
        ),
        {},
    ),
    "a link of a mail": (FROM_MAIL, st.builds(FromMail, st.just("") | text), {}),
}


def test_every_address_that_carries_anything_is_tried_here() -> None:
    modules = [importlib.import_module(one.name) for one in walk_packages(web.__path__, f"{web.__name__}.")]
    found = {id(shape) for one in modules for shape in vars(one).values() if isinstance(shape, Shape)}
    assert found == {id(shape) for shape, _, _ in SHAPES.values()}


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
def test_what_is_written_is_read_as_the_same(name: str, data: st.DataObject) -> None:
    shape, of_it, usual = SHAPES[name]
    asked = data.draw(of_it)
    assert shape.parse(parse_qs(shape.write(asked)), **usual) == asked


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_as_usual_is_left_out_and_what_is_unknown_refused(name: str) -> None:
    shape, _, usual = SHAPES[name]
    assert shape.write(shape.parse({}, **usual)) == ""
    with pytest.raises(InvalidInput) as refused:
        shape.parse({"famliy": ["x"]}, **usual)
    assert refused.value.field == "famliy"


@pytest.mark.parametrize("name", SHAPES)
def test_what_follows_readers_is_passed_over_and_written_nowhere(name: str) -> None:
    shape, _, usual = SHAPES[name]
    tracked = {name: ["x"] for name in ("utm_source", *TRACKING)}
    assert shape.parse(tracked, **usual) == shape.parse({}, **usual)


def test_browsers_pass_over_the_same_names() -> None:
    listed = re.search(r"const TRACKING = /\^\((.+)\)\$/;", QUERY_JS.read_text())
    assert listed
    assert set(listed.group(1).split("|")) == {f"{TRACKING_PREFIX}.+", *TRACKING}


@given(filters)
def test_a_filter_is_the_same_from_an_address_a_body_and_a_list_that_keeps_it(wanted: RecordFilter) -> None:
    body = filter_body(wanted)
    assert all(isinstance(year, int) for year in body.get("year", []))
    assert parse_filter(body) == wanted
    assert kept_filter(msgspec.json.decode(msgspec.json.encode(body))) == wanted
    assert RECORDS.parse(body).filter == wanted
    assert REGISTER.parse(parse_qs(REGISTER.write(RegisterView(wanted)))).filter == wanted


@pytest.mark.parametrize("kept", [{"famliy": ["x"]}, {"year": ["x"]}, {"family": [{}]}, {"q": 5}])
def test_a_kept_filter_that_means_nothing_now_is_none(kept: dict[str, Any]) -> None:
    assert kept_filter(kept) is None


def test_a_kept_filter_may_have_one_value_alone_and_a_year_as_a_text() -> None:
    assert kept_filter({"family": "x", "year": "1974"}) == RecordFilter(family=("x",), year=(1974,))


LIMITS: Final = {
    "the register's page": (SIZES, (0, 1, 26, 150, 201, 500)),
    "its counts": (SIZES, (0, 1, 26, 150, 201, 500)),
    "a list's page": (SIZES, (0, 1, 26, 150, 201, 500)),
    "the counts of a list": (SIZES, (0, 1, 26, 150, 201, 500)),
    "laws of a list for programs": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
    "laws for programs": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
    "the same for programs": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
    "the trail": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
    "lists": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
    "members": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
    "who sees a list": ((1, 150, LIMIT_MAX), (0, LIMIT_MAX + 1)),
}


def test_every_shape_with_a_limit_is_in_the_table() -> None:
    limited = {name for name, (shape, _, _) in SHAPES.items() if "limit" in shape.names}
    assert limited - LIMITS.keys() == {"a file", "the file of a list"}, "which have no pages"


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_one_that_is_offered_or_refused(name: str) -> None:
    """The API takes 1 to 500, a page the sizes that it shows; nowhere is another one made of it."""
    shape, _, usual = SHAPES[name]
    taken, not_taken = LIMITS[name]
    for limit in taken:
        asked = shape.parse({"limit": [str(limit)]}, **usual)
        assert getattr(asked, "size", getattr(asked, "limit", None)) == limit
    for stated in (*map(str, not_taken), "many", "-1", "1.5", "²"):
        with pytest.raises(InvalidInput) as refused:
            shape.parse({"limit": [stated]}, **usual)
        assert refused.value.field == "limit"


def test_an_address_comes_back_as_it_was() -> None:
    query = {
        "q": ["noise at work"],
        "type_code": ["uksi", "ssi"],
        "year_from": ["1990"],
        "selected": ["false"],
        "sort": ["family,-year"],
        "limit": ["100"],
        "page": ["3"],
    }
    view = REGISTER.parse(query)
    assert view.url() == (
        "/records?q=noise+at+work&type_code=uksi&type_code=ssi&year_from=1990&selected=false"
        "&sort=family%2C-year&limit=100&page=3"
    )
    assert view.without("type_code", "ssi").count("type_code") == 1
    assert "page" not in view.without("q")


def test_what_is_said_as_it_is_anyway_is_left_out_too() -> None:
    assert RegisterView().url() == "/records"
    assert REGISTER.parse({"sort": ["title_en"], "page": ["1"], "limit": ["50"]}).url() == "/records"
    assert LIST.parse({"sort": ["order"], "tag": [""]}, path="/groups/1").url() == "/groups/1"


@pytest.mark.parametrize(
    ("page", "expected"), [("x", 1), ("-4", 1), ("0", 1), ("7", 7), ("9" * 30, PAGE_MAX)]
)
def test_a_page_that_cannot_be_meant_is_still_a_page(page: str, expected: int) -> None:
    assert REGISTER.parse({"page": [page]}).page == expected
    assert LIST.parse({"page": [page]}, path="/groups/1").page == expected


@pytest.mark.parametrize(
    "query", [{"year": ["x"]}, {"sort": ["colour"]}, {"selected": ["maybe"]}, {"famly": ["a"]}]
)
def test_what_cannot_be_meant_is_refused(query: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput) as refused:
        REGISTER.parse(query)
    assert refused.value.field == next(iter(query))


@pytest.mark.parametrize("stated", [True, "true", ["true"], [False, True]])
def test_a_body_says_the_same_as_an_address(stated: Any) -> None:
    assert RECORDS.parse({"selected": stated, "limit": 5, "year": [1974, "1990"]}) == RECORDS.parse(
        {"selected": ["true"], "limit": ["5"], "year": ["1974", "1990"]}
    )


@pytest.mark.parametrize(
    ("now", "column", "following"),
    [
        ("title_en", "year", "year"),
        ("year", "year", "-year"),
        ("-year", "year", "year"),
        ("family,-year", "year", "year"),
    ],
)
def test_headings_of_the_register_sort_up_then_down(now: str, column: str, following: str) -> None:
    assert REGISTER.parse({"sort": [now]}).sorted_by(column) == f"/records?sort={following}"


def test_headings_of_a_list_sort_up_then_down_and_back_to_its_own_order() -> None:
    view = ListView("/groups/1", page=3)
    assert view.sorted_by("added") == "/groups/1?sort=added"
    assert LIST.parse({"sort": ["added"]}, path="/groups/1").sorted_by("added") == "/groups/1?sort=-added"
    assert LIST.parse({"sort": ["-added"]}, path="/groups/1").sorted_by("added") == "/groups/1"


def test_a_list_knows_by_what_it_is_sorted() -> None:
    by_coming = LIST.parse({"sort": ["-added"]}, path="/groups/1")
    assert (by_coming.added, by_coming.sort, by_coming.catalogue_sort) == ("-added", None, BY_TITLE)
    by_year = LIST.parse({"sort": ["-year"], "tag": ["x"], "page": ["2"]}, path="/groups/1")
    assert (by_year.added, str(by_year.sort), by_year.export_query()) == (None, "-year", "sort=-year")
    assert by_coming.export_query() == ""


def test_the_filter_of_a_bulk_operation_is_what_the_view_shows() -> None:
    query = {"family": ["💚 WASTE"], "q": ["landfill"], "year": ["1990"], "page": ["2"]}
    view = REGISTER.parse({**query, "selected": ["false"]})
    wanted = {"family": ["💚 WASTE"], "q": "landfill", "year": [1990]}
    assert view.body() == {**wanted, "selected": False}
    assert LIST.parse(query, path="/groups/1").body() == {**wanted, "notes": True}


def test_programs_are_told_what_can_be_asked() -> None:
    passed_over: dict[Shape[Any], set[str]] = {
        EXPORT: {"cursor", "limit"},
        EXPORT_LIST: {"cursor", "limit"},
        scim_asked.ASKED: {"sortBy", "sortOrder"},
    }
    for view in (REGISTER, LIST, register_counts.COUNTS, list_counts.COUNTS):
        passed_over[view] = {"record"}
    for shape, _, _ in SHAPES.values():
        told = {one["name"] for one in shape.documented()}
        assert told == shape.names - passed_over.get(shape, set())
    assert {one["name"] for one in FILTER.documented()} == FILTER_FIELDS


def test_columns_of_an_older_or_broken_cookie_never_break_a_page() -> None:
    assert parse_columns(None) == list(ALL)
    chosen = parse_columns("year:9999,-title,nonsense,-family:80,year")
    assert [column.key for column in chosen[:3]] == ["year", "title", "family"]
    assert [column.shown for column in chosen[:3]] == [True, True, False]
    assert chosen[0].width_px == 640
    assert {column.key for column in chosen} == {column.key for column in ALL}


def test_a_filter_that_a_saved_view_may_have_is_no_longer_than_an_address() -> None:
    stated = [str(year) for year in range(1267, 2025)]
    view = REGISTER.parse({"year": stated})
    assert view.url(page=2) == "/records?" + "&".join(f"year={year}" for year in stated) + "&page=2"
    with pytest.raises(InvalidInput, match="20,000"):
        REGISTER.parse({"family": [f"{at:0>500}" for at in range(40)]})


def test_the_law_of_the_history_is_cut_to_what_it_is_read_as_again() -> None:
    law = HISTORY.parse({"law": ["x" * (LAW_CHARACTERS_MAX - 1) + " y"]}).law
    assert HISTORY.parse(parse_qs(HISTORY.write(HistoryView(law=law)))).law == law
