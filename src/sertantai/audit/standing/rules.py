"""For how long what is kept, what is held, and who is to be erased: held against what the sealed log was told
of each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sertantai.audit.standing import sql
from sertantai.audit.standing.difference import Differing
from sertantai.audit.standing.reasons import Given, differing_reasons
from sertantai.audit.standing.told import AllSaid, Known, Said, said_of
from sertantai.postgres import Connection
from sertantai.sealing.notices import Kind
from sertantai.sealing.reasons import POLICIES, REASON, field_of_policy

FOR_EVER: Final = "for ever"
_Key = tuple[str, str | None, str | None, datetime]


async def differing_rules(connection: Connection, known: Known) -> list[Differing]:
    said = await said_of(connection, known, (Kind.POLICY, Kind.HOLD, Kind.ERASURE))
    given: list[Given] = []
    found = [*_policies(said, await connection.fetch(sql.POLICIES), given)]
    found += _holds(said, await connection.fetch(sql.HOLDS), given)
    found += _erasures(said, await connection.fetch(sql.ERASURES), given)
    return found + await differing_reasons(connection, given)


def _differs(of: str, what: str, at: datetime | None, *found: Any) -> Differing:
    day = "" if at is None else f"{at:%Y-%m-%d %H:%M}: "
    return Differing(f"{day}{of} {what}.", at=at, found=[of, what, *found], of_trail=False)


def _policies(said: AllSaid, rows: list[Any], given: list[Given]) -> Iterator[Differing]:
    """``given``: reasons are added to it, here and below."""
    told: dict[_Key, tuple[int, Said]] = {}
    for index, one in enumerate(said.all):
        if one.kind == Kind.POLICY and "from" in one.body and "kept" in one.body:
            about, action = str(one.body["class"]), one.body.get("action")
            organization = None if one.subject is None else str(one.subject)
            told[about, organization, action, datetime.fromisoformat(one.body["from"])] = index, one
    stored = {}
    for row in rows:
        organization = None if row["organization_id"] is None else str(row["organization_id"])
        key = (row["class"], organization, row["action"], row["in_force_from"])
        stored[key] = row
        of, at = _policy(key), row["set_at"]
        kept = row["keep_months"] if row["keep_days"] is None else f"{row['keep_days']} days"
        if key not in told:
            yield _differs(of, "was not told of to the sealed log", at, kept)
        elif not _is_kept(told[key][1], row):
            day = f"{told[key][1].at:%Y-%m-%d}"
            yield _differs(of, f"is not the one that the sealed log was told of on {day}", at, kept)
        if key in told:
            one = told[key][1]
            field = field_of_policy(key[0], row["organization_id"], key[2], one.body["from"])
            given.append(Given(of, row["reason"], one.body.get(REASON), one.at, POLICIES, field))
    newest: dict[tuple[str | None, ...], datetime] = {}
    for key, (index, one) in sorted(told.items(), key=lambda item: -item[1][0]):
        later = newest.setdefault(key[:3], one.at)
        waited = later != one.at and key[3] >= later
        if key not in stored and not waited and not said.may_be_older(index):
            yield _differs(_policy(key), "was told of to the sealed log, and is gone", one.at)
        newest[key[:3]] = one.at


def _policy(key: _Key) -> str:
    about, organization, action, since = key
    of = f" of the organisation {organization}" if organization else ""
    what = f", of {action}," if action else ""
    return f"the period for which {about}{of}{what} are kept from {since:%Y-%m-%d %H:%M} on"


def _is_kept(told: Said, row: Any) -> bool:
    kept, days = told.body["kept"], told.body.get("days")
    if row["keep_days"] is not None:
        return bool(row["keep_days"] == days)
    return bool(row["keep_months"] == (None if kept == FOR_EVER else kept)) and days is None


def _holds(said: AllSaid, rows: list[Any], given: list[Given]) -> Iterator[Differing]:
    placed: dict[str, tuple[int, Said]] = {}
    released: dict[str, tuple[int, Said]] = {}
    for index, one in enumerate(said.all):
        if one.kind == Kind.HOLD and "hold" in one.body:
            (placed if one.body.get("did") == "placed" else released)[one.body["hold"]] = index, one
    for row in rows:
        id = str(row["id"])
        of = f"the legal hold {id} ({row['scope']})"
        index, told = placed.pop(id, (0, None))
        if told is None:
            yield _differs(of, "was not told of to the sealed log", row["placed_at"])
            continue
        if (row["scope"], row["target"]) != (told.body["scope"], told.subject):
            yield _differs(of, "is of something else than was told of", told.at, str(row["target"]))
        if row["placed_by"] not in (None, told.by):
            yield _differs(of, "is said to be placed by another", told.at, str(row["placed_by"]))
        given.append(Given(of, row["reason"], told.body.get(REASON), told.at, row["id"], "placed"))
        index, end = released.get(id, (0, None))
        if end is not None and row["release_reason"] is not None:
            why = (row["release_reason"], end.body.get(REASON), end.at)
            given.append(Given(f"the release of {of}", *why, row["id"], "released"))
        if row["released_at"] is not None and end is None:
            yield _differs(of, "is said to be released, which was not told of", row["released_at"])
        elif row["released_at"] is None and end is not None and not said.may_be_older(index):
            yield _differs(of, "was released, and is said to hold", end.at)
    for id, (index, told) in placed.items():
        if not said.may_be_older(index):
            yield _differs(f"the legal hold {id}", "was told of to the sealed log, and is gone", told.at)


def _erasures(said: AllSaid, rows: list[Any], given: list[Given]) -> Iterator[Differing]:
    told: dict[str, dict[str, tuple[int, Said]]] = {}
    erased: set[UUID | None] = set()
    for index, one in enumerate(said.all):
        if one.kind == Kind.ERASURE and "act" in one.body:
            what = "done" if "went" in one.body else str(one.body.get("what", "begun"))
            told.setdefault(one.body["act"], {})[what] = index, one
            if what == "done":
                erased.add(one.subject)
    anew = {row["person"] for row in rows if row["again"]}
    for row in rows:
        id, at = str(row["id"]), row["asked_at"]
        of = f"the erasure {id} of {row['person']}"
        acts = told.pop(id, {})
        if row["again"]:
            if "asked" in acts:
                yield _differs(of, "is said to be one more, and was asked for", at)
            if row["person"] not in erased:
                yield _differs(of, "is said to be one more, and none was told of before", at)
            continue
        if "asked" not in acts:
            yield _differs(of, "was not told of to the sealed log", at)
            continue
        yield from _one(said, of, row, acts, is_asked_anew=row["person"] in anew)
        asked = acts["asked"][1]
        given.append(Given(of, row["reason"], asked.body.get(REASON), asked.at, row["id"]))
    for id, acts in told.items():
        if "asked" in acts and not said.may_be_older(acts["asked"][0]):
            asked = acts["asked"][1]
            yield _differs(f"the erasure {id} of {asked.subject}", "was told of, and is gone", asked.at)


def _one(
    said: AllSaid, of: str, row: Any, acts: dict[str, tuple[int, Said]], *, is_asked_anew: bool
) -> Iterator[Differing]:
    _, asked = acts["asked"]
    if asked.subject != row["person"] or asked.body.get("due") != row["due_at"].date().isoformat():
        yield _differs(of, "is of another, or of another day, than was told of", asked.at)
    for what, at in (("undone", row["taken_back_at"]), ("done", row["done_at"])):
        if at is not None and what not in acts and not is_asked_anew:
            yield _differs(of, f"is said to be {what}, which was not told of", at)
        elif what in acts and at is None and not said.may_be_older(acts[what][0]):
            yield _differs(of, f"was {what}, and is not said to be", acts[what][1].at)
