"""The laws that one change touched, as its page shows them."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from sertantai.core.access_state import AccessState
from sertantai.core.effects import Effect
from sertantai.core.ids import OperationId, RecordNo
from sertantai.core.state import GroupState
from sertantai.records.catalogue import Catalogue
from sertantai.records.rows import RecordRow
from sertantai.web.parts.history_wording import edits_in_words, heading

DETAIL_RECORDS_MAX: Final = 500


def details_of(
    catalogue: Catalogue,
    operation: OperationId,
    effect: Effect,
    group: GroupState | None,
    access: AccessState | None = None,
) -> dict[str, Any]:
    """``group``: the list, as far as it is there still; ``access``: whose members it names."""
    removed, annotated = _rows(catalogue, effect.removed), _rows(catalogue, effect.annotated)
    return {
        "operation": operation,
        "group": group,
        "heading": heading(effect),
        "added_count": len(effect.added),
        "removed_count": len(effect.removed),
        "added": _rows(catalogue, effect.added),
        "removed": removed,
        "annotated_count": len(effect.annotated),
        "annotated": annotated,
        "edits": {number: edits_in_words(effect.annotated[number], access) for number, _ in annotated},
        "notes": {number: effect.removed[number].get("note", "") for number, _ in removed},
        "shown_max": DETAIL_RECORDS_MAX,
    }


def _rows(catalogue: Catalogue, numbers: Iterable[RecordNo]) -> list[tuple[RecordNo, RecordRow]]:
    """Of as many as are shown: there may be hundreds of thousands."""
    known = list(islice((one for one in numbers if one in catalogue.everything), DETAIL_RECORDS_MAX))
    rows = zip(known, catalogue.rows(known), strict=True)
    return sorted(rows, key=lambda pair: (pair[1].title_en or pair[1].name).casefold())
