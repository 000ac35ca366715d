"""The mail that a saved report is sent as: five lines, the picture in characters, and a link to look at it.

No row stands in it: whoever forwards it gives away how many there are, and nothing of them. Names in it were
chosen by people: no program makes a link of one.
"""

from collections.abc import Sequence
from typing import Final

from sertantai.accounts.mail.texts import MailText
from sertantai.organizations.letters import unlinked
from sertantai.reporting.report import Shown

BARS: Final = "▁▂▃▄▅▆▇█"
NOTHING: Final = "Nothing to report"


def report_mail(name: str, found: Shown, link: str) -> MailText:
    ending = found.ending
    count = _count(found)
    lines = [
        f"{ending.title} ({unlinked(ending.about)})",
        f"{_day(ending.since)}{ending.until:%Y-%m-%d %H:%M} UTC: {count}",
        *([f"{sparks(found.counts)}  (most: {max(found.counts)})"] if any(found.counts) else []),
        f"SHA-256 of the rows that are shown: {ending.sha256}",
        *([f"Head of the sealed log: {ending.head}"] if ending.head else []),
        *ending.notes,
        f"All of it, when you are signed in: {link}",
    ]
    body = "\n\n".join(lines)
    return MailText(f"{unlinked(name)}: {count}", f"{body}\n")


def _count(found: Shown) -> str:
    if found.total == 0:
        return NOTHING
    if found.total is None:
        return f"more than {len(found.rows):,} rows"
    if not found.is_counted:
        return f"more than {found.total - 1:,} rows"
    return "1 row" if found.total == 1 else f"{found.total:,} rows"


def _day(moment: object) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d} to "


def sparks(counts: Sequence[int]) -> str:
    """A picture of one line: the taller, the more."""
    most = max(counts, default=0)
    if not most:
        return ""
    return "".join("·" if not one else BARS[(len(BARS) - 1) * one // most] for one in counts)
