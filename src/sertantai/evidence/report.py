"""What people read of a pack: what was done, by whom and when, a row an entry; and the page of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.core.audit_words import CREATE_GROUP, DELETE_GROUP, HAND_OVER, TAKE_OVER, UPDATE_GROUP
from sertantai.core.sealing.entries import ChangeEntry, NoticeEntry, RowsRoot, in_order, time_of
from sertantai.evidence.packing import Line
from sertantai.sealing.dropped import act_told

LAWS_SHOWN_MAX: Final = 40
"""Of one entry; `entries.ndjson` has them all."""
FORMER: Final = "former member"
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1f2937;--quiet:#5b6472;--line:#d8dde4;--ground:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--quiet:#a5aebb;--line:#34404f;--ground:#131a22}}
body{margin:0 auto;max-width:64rem;padding:2rem 1rem 4rem;background:var(--ground);color:var(--ink)}
body{font:1rem/1.5 system-ui,sans-serif}p{margin:0 0 1rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
.quiet{color:var(--quiet)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:1.5rem 0}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin-top:1rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--quiet)}td{overflow-wrap:anywhere}td:first-child{white-space:nowrap}
.outside td{color:var(--quiet)}
blockquote{margin:.25rem 0 0;padding-left:.75rem;border-left:3px solid var(--line)}
@media print{body{max-width:none;padding:0}tr{break-inside:avoid}}
@media(max-width:40rem){thead{display:none}td{display:block;border:0;padding:.1rem 0}
tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}}
"""
_DONE: Final = {
    "select": "Added",
    "bulk_select": "Added",
    "deselect": "Removed",
    "bulk_deselect": "Removed",
    "clear_all": "Removed, with all others",
    "annotate": "Changed notes of",
    CREATE_GROUP: "Made the list",
    UPDATE_GROUP: "Changed the list",
    DELETE_GROUP: "Deleted the list",
    TAKE_OVER: "Took the list over",
    HAND_OVER: "Handed the list over",
}


class Part(NamedTuple):
    """``how``: plain, quoted as people wrote it, or said quietly."""

    how: str
    text: str


class Told(NamedTuple):
    """An entry for people. ``inside``: of the period that was asked for; the others stand there too, as
    without them nobody could say that none was left out."""

    at: datetime
    who: str
    what: list[Part]
    place: int
    inside: bool


PLAIN, QUOTED, QUIET = "plain", "quoted", "quiet"
_TAGS: Final = {
    PLAIN: "<div>{}</div>",
    QUOTED: "<blockquote>{}</blockquote>",
    QUIET: "<div class=quiet>{}</div>",
}


def report_html(
    title: str,
    facts: Sequence[tuple[str, str]],
    lines: Sequence[Line],
    names: Mapping[UUID, str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> bytes:
    """``facts``: what stands above, label and text. Entries outside the period are in grey."""
    said = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in facts)
    rows = "".join(map(_row, told_of(lines, names, since, until)))
    return f"""<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<p class="quiet">Evidence pack. Whether it is true, verify.py and verify.html beside this page say;
README.txt says how.</p>
<dl>{said}</dl>
<table><thead><tr><th>When (UTC)</th><th>Who</th><th>What</th><th>Entry</th></tr></thead>
<tbody>{rows}</tbody></table>
</body></html>
""".encode()


def _inside(line: Line, since: datetime | None, until: datetime | None) -> bool:
    at = time_of(line.entry.at)
    return (since is None or at >= since) and (until is None or at < until)


def _row(told: Told) -> str:
    row = "<tr>" if told.inside else '<tr class="outside">'
    what = "".join(_TAGS[part.how].format(escape(part.text)) for part in told.what)
    return (
        f"{row}<td>{told.at:%Y-%m-%d %H:%M:%S}</td><td>{escape(told.who)}</td>"
        f"<td>{what}</td><td>{told.place:,}</td></tr>"
    )


def told_of(
    lines: Sequence[Line],
    names: Mapping[UUID, str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[Told]:
    for line in lines:
        by = line.entry.by
        yield Told(
            time_of(line.entry.at).astimezone(UTC),
            "the product" if by is None else names.get(by, f"{FORMER} {str(by)[:8]}"),
            list(_of_change(line, line.entry) if isinstance(line.entry, ChangeEntry) else _of_notice(line)),
            line.index,
            _inside(line, since, until),
        )


def _of_change(line: Line, entry: ChangeEntry) -> Iterator[Part]:
    rows = in_order(line.rows) if isinstance(entry.rows, RowsRoot) else list(entry.rows)
    shown = rows if line.shown is None else [rows[at] for at in line.shown]
    said = {one.place: one.value for one in line.opened}
    by_action: dict[str, list[str]] = {}
    for row in shown:
        by_action.setdefault(row.action, []).append(row.name)
    for action, laws in by_action.items():
        named = [law for law in laws if law]
        more = f" and {len(named) - LAWS_SHOWN_MAX:,} more" if len(named) > LAWS_SHOWN_MAX else ""
        of = f" {', '.join(named[:LAWS_SHOWN_MAX])}{more}" if named else ""
        yield Part(PLAIN, f"{_DONE.get(action, action.replace('_', ' ').capitalize())}{of}")
    if len(rows) > len(shown):
        yield Part(QUIET, f"{len(rows) - len(shown):,} other laws are not shown.")
    for at in range(min(len(shown), LAWS_SHOWN_MAX)):
        if f"rows/{at}" in said:
            yield Part(QUOTED, _words(said[f"rows/{at}"]))
    if "origin" in said:
        yield Part(QUIET, f"From {_words(said['origin'])}")
    if entry.count is not None:
        yield Part(QUIET, f"{entry.count:,} laws in the list")


def _of_notice(line: Line) -> Iterator[Part]:
    assert isinstance(line.entry, NoticeEntry)
    act = act_told(line.entry.number, time_of(line.entry.at), line.entry.body)
    if line.entry.kind == "retention" and act is not None and act.first is not None and act.last is not None:
        days = f"from {act.first:%Y-%m-%d} to {act.last:%Y-%m-%d}"
        yield Part(
            PLAIN, f"Dropped under the policy on {act.at:%Y-%m-%d}: entries of who looked at what, {days}"
        )
        yield Part(
            QUIET,
            f"{act.count:,} entries of the whole log. Their places in it are proved, not what they said.",
        )
        return
    yield Part(PLAIN, f"Notice: {line.entry.kind}")
    for one in line.opened:
        yield Part(QUOTED, one.value)


def _words(text: str) -> str:
    """What people wrote stands in an entry as JSON; here without its braces."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return _said(value)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_said(one)}" for key, one in value.items() if one is not None)
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    return str(value)
