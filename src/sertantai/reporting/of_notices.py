"""What the log tells beside changes of lists: access, what was dropped and erased, policies, keys, checks."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.ids import UserId
from sertantai.files.report_rows import Cell, Row
from sertantai.postgres import Record
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.of_trail import ACCESS as ACCESS_IN_LISTS
from sertantai.reporting.of_trail import RULES as RULES_OF_LISTS
from sertantai.reporting.of_trail import OfRules
from sertantai.reporting.paging import Names, Pages, counted, merged, newest_first
from sertantai.reporting.sight import Sight
from sertantai.reporting.wording import NOTICES, details

OF_ACCESS: Final = ("access", "statement")
OF_RULES: Final = ("person", "policy", "key", "list")
OF_DROPPED: Final = ("retention", "erasure", "policy", "hold")
OF_WHOLE: Final = ("restore", "checked", "key", "balance", "reviewed", "rejected")
OF_ALL: Final = frozenset(
    {"act", "at", "class", "count", "heads", "keep_months", "key", "leaves", "month", "months", "operations"}
    | {"policy", "root", "rows", "since", "size", "until", "what"}
)
"""What a notice about the whole installation says that names nobody; the rest is for its operators."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_HASHES_SHOWN: Final = frozenset({"hash", "head", "manifest", "root"})


class OfNotices:
    """``shape``: of which columns a row is made."""

    def __init__(self, kinds: Sequence[str], shape: str) -> None:
        self._kinds = list(kinds)
        self._shape = shape

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        pages = newest_first(
            _audited(sight),
            asked,
            sql.NOTICES[0],
            (),
            self._row(sight),
            chunk,
            people=_people,
            before=self._lead(sight, asked),
        )
        async for page in pages:
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        lead = self._lead(sight, asked)
        return await counted(_audited(sight), asked, sql.NOTICES[1], (), edges, before=lead)

    def _lead(self, sight: Sight, asked: Asked) -> tuple[Any, ...]:
        """Which notices: of the owner and of lists that may be read; of the whole installation to who sees
        all there is of an owner."""
        subjects = None if sight.owner is None else [sight.owner, *sight.lists]
        if asked.list is not None:
            subjects = [sight.list_named(asked.list).id]
        return self._kinds, subjects, sight.whole and asked.list is None, asked.person, asked.since

    def _row(self, sight: Sight) -> Any:
        def make(row: Record, names: Names) -> Row:
            said = _said(row["body"], is_operator=sight.owner is None, is_ours=row["subject"] is not None)
            word = str(said.pop("what", ""))
            what = NOTICES[row["kind"]] + (f": {word.replace('_', ' ')}" if word else "")
            by = None if row["actor"] is None else names.get(UserId(UUID(int=row["actor"].int)))
            told = details(said, personal=sight.personal)
            listed = None if row["subject"] is None else sight.list_name(row["subject"], None)
            cells: dict[str, tuple[Cell, ...]] = {
                "access": (row["at"], what, listed, by, told),
                "rules": (row["at"], what, None, listed, by, told, None, None, None),
                "plain": (row["at"], what, by, told),
            }
            return cells[self._shape]

        return make


class Together:
    """Rows of the trail and notices, in the order of their time."""

    def __init__(self, rows: OfRules, notices: OfNotices) -> None:
        self._rows = rows
        self._notices = notices

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        sources = (self._rows.pages(sight, asked, chunk), self._notices.pages(sight, asked, chunk))
        async for page in merged(sources, chunk):
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        both = (
            await self._rows.counts(sight, asked, edges),
            await self._notices.counts(sight, asked, edges),
        )
        return [sum(pair) for pair in zip(*both, strict=True)]


def _audited(sight: Sight) -> Sight:
    """Only the auditor reads notices: which of them is said by the statement."""
    return msgspec.structs.replace(sight, reading=sight.auditing)


def _people(row: Record) -> tuple[UUID | None]:
    return (row["actor"],)


def _said(body: dict[str, Any], *, is_operator: bool, is_ours: bool) -> dict[str, Any]:
    """Without commitments, which say nothing to people, and without what is another's."""
    shown = body if is_operator or is_ours else {name: body[name] for name in body if name in OF_ALL}
    return {
        name: value
        for name, value in shown.items()
        if name in _HASHES_SHOWN or not (isinstance(value, str) and _HASH.fullmatch(value))
    }


ACCESS: Final = Together(ACCESS_IN_LISTS, OfNotices(OF_ACCESS, "access"))
RULES: Final = Together(RULES_OF_LISTS, OfNotices(OF_RULES, "rules"))
DROPPED: Final = OfNotices(OF_DROPPED, "plain")
WHOLE: Final = OfNotices(OF_WHOLE, "plain")
