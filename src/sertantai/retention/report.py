"""What retention did in a year, as a certificate: as data, as text, and as a page of its own."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.lasting.policies import Kept
from sertantai.postgres import Database, Role
from sertantai.retention import sql
from sertantai.retention.wording import ABOUT, ACTS

ACTS_TOLD_MAX: Final = 100_000
FIRST_YEAR: Final = 2_000
TITLE: Final = "What was removed under a retention policy"
_EXPLAINED: Final = (
    "Whole months of the trail are dropped, or rewritten without the rows whose time is over; nothing is "
    "changed in place. Each act below was written in the transaction that did it."
)


class ActDone(msgspec.Struct, frozen=True):
    """``month``: of the trail; None: of a table without months. ``by_action``: rows that went."""

    id: UUID
    at: datetime
    about: str
    act: str
    month: str | None
    rows_gone: int
    rows_changed: int
    by_action: dict[str, int]
    operations_gone: int
    owners: int
    policies: list[dict[str, Any]]
    archive: dict[str, Any] | None


class Certificate(msgspec.Struct, frozen=True):
    """``digest``: SHA-256 of its acts as JSON, so that two copies can be compared."""

    year: int
    made_at: datetime
    acts: list[ActDone]
    rows_gone: int
    rows_changed: int
    holds_placed: int
    holds_released: int
    holds_at_its_end: int
    digest: str


async def certificate(database: Database, year: int, now: datetime) -> Certificate:
    """Raises `InvalidInput` for a year that has not begun, and for more acts than a certificate holds."""
    if not FIRST_YEAR <= year <= now.year:
        raise InvalidInput(f"year: {FIRST_YEAR} to {now.year}.", field="year")
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    async with database.transaction(Role.AUDITOR, readonly=True) as connection:
        rows = await connection.fetch(sql.ACTS, start, end, ACTS_TOLD_MAX + 1)
        holds = await connection.fetchrow(sql.HOLDS_WITHIN, start, end)
    if len(rows) > ACTS_TOLD_MAX:
        raise InvalidInput(f"year: more than {ACTS_TOLD_MAX:,} acts.", field="year")
    assert holds is not None
    return await asyncio.to_thread(_certified, rows, holds, year, now)


def _certified(rows: Sequence[Any], holds: Any, year: int, now: datetime) -> Certificate:
    acts = [act_of(row) for row in rows]
    return Certificate(
        year,
        now,
        acts,
        sum(act.rows_gone for act in acts),
        sum(act.rows_changed for act in acts),
        holds["placed"],
        holds["released"],
        holds["held"],
        hashlib.sha256(msgspec.json.encode(acts, order="sorted")).hexdigest(),
    )


def act_of(row: Any) -> ActDone:
    found = dict(row)
    found["about"] = found.pop("class")
    return ActDone(**found)


def as_text(certificate: Certificate) -> str:
    lines = [f"{TITLE}, {certificate.year}", "", _EXPLAINED, ""]
    if not certificate.acts:
        lines.append("Nothing was removed in this year.")
    lines += [_line(act) for act in certificate.acts]
    return "\n".join([*lines, "", *_end(certificate)])


def as_html(certificate: Certificate) -> str:
    """A page of its own, to be kept or printed: no script, no style, nothing from elsewhere."""
    heads = ("Time (UTC)", "What", "Act", "Month", "Rows gone", "Rows changed", "By policy", "Id")
    table = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(act))}</tr>\n"
        for act in certificate.acts
    )
    end = "".join(f"<p>{escape(line)}</p>\n" for line in _end(certificate))
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{TITLE}, {certificate.year}</title></head>\n<body><main>"
        f"<h1>{TITLE}, {certificate.year}</h1>\n<p>{escape(_EXPLAINED)}</p>\n<table><thead><tr>"
        + "".join(f'<th scope="col">{head}</th>' for head in heads)
        + f"</tr></thead>\n<tbody>\n{table}</tbody></table>\n{end}</main></body></html>\n"
    )


def _cells(act: ActDone) -> tuple[str, ...]:
    return (
        f"{act.at:%Y-%m-%d %H:%M}",
        ABOUT.get(act.about, act.about),
        ACTS[act.act],
        act.month or "",
        f"{act.rows_gone:,}",
        f"{act.rows_changed:,}",
        _policies(act),
        str(act.id),
    )


def _line(act: ActDone) -> str:
    month = f" {act.month}" if act.month else ""
    actions = ", ".join(f"{action} {rows:,}" for action, rows in sorted(act.by_action.items()))
    return (
        f"{act.at:%Y-%m-%d %H:%M} UTC  {ABOUT.get(act.about, act.about)}: {ACTS[act.act].lower()}{month}: "
        f"{act.rows_gone:,} rows gone{f' ({actions})' if actions else ''}, {act.rows_changed:,} changed; "
        f"by {_policies(act)}; {act.id}"
    )


def _policies(act: ActDone) -> str:
    return "; ".join(_in_words(one) for one in act.policies)


def _in_words(policy: dict[str, Any]) -> str:
    whose = [str(policy[name]) for name in ("organization_id", "action") if name in policy]
    kept = Kept(policy.get("keep_months"), policy.get("keep_days"))
    return " ".join([str(policy["class"]), *whose, str(kept)])


def _end(certificate: Certificate) -> list[str]:
    acts, gone, changed = len(certificate.acts), certificate.rows_gone, certificate.rows_changed
    return [
        f"{acts:,} acts, {gone:,} rows gone, {changed:,} rows changed.",
        (
            f"Legal holds: {certificate.holds_placed:,} placed and {certificate.holds_released:,} released "
            f"in the year, {certificate.holds_at_its_end:,} at its end."
        ),
        (
            f"Made {certificate.made_at:%Y-%m-%d %H:%M} UTC. Digest of the acts (SHA-256): "
            f"{certificate.digest}"
        ),
    ]
