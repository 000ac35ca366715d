"""The report of an import as a CSV file."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from sertantai.core.ids import RecordId
from sertantai.core.text_cells import guarded
from sertantai.files.lines import BYTE_ORDER_MARK
from sertantai.lists.importing.reports import OUTCOME_WORDS, ReportLine

COLUMNS: Final = ("line", "text", "outcome", "reason", "id", "name", "title_en")
HEAD: Final = BYTE_ORDER_MARK + ",".join(COLUMNS) + "\r\n"


class NamedLaw(msgspec.Struct, frozen=True, gc=False):
    name: str
    title: str | None


def rows(lines: Iterable[ReportLine], laws: Mapping[RecordId, NamedLaw]) -> str:
    """Lines as a CSV has them, with what the register calls their laws now. No cell is a formula."""
    text = io.StringIO()
    csv.writer(text).writerows(_cells(line, laws) for line in lines)
    return text.getvalue()


def _cells(line: ReportLine, laws: Mapping[RecordId, NamedLaw]) -> tuple[object, ...]:
    law = None if line.record_id is None else laws.get(line.record_id)
    texts = (
        line.text,
        OUTCOME_WORDS[line.outcome],
        line.reason or "",
        str(line.record_id or ""),
        law.name if law else "",
        (law.title or "") if law else "",
    )
    return (line.line, *map(guarded, texts))
