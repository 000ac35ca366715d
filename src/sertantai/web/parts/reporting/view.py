"""What the address of a report says: whose trail, and the question's parameters, as texts."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.http.pages.time_zone import name_of, reader_zone, zone_named
from sertantai.reporting.asked import LABELLED, NAMES, TEXT_CHARACTERS_MAX
from sertantai.web.query import Parameter, Shape
from sertantai.web.services import AnyRequest


class ReportView(msgspec.Struct, frozen=True):
    """Texts as they stand in the address; which of them a question takes it says itself. ``organization`` is
    a slug or an id, empty for one's own lists."""

    organization: str = ""
    zone: str = ""
    list: str = ""
    other: str = ""
    law: str = ""
    person: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    at: str = ""
    then: str = ""
    family: str = ""
    type: str = ""
    source: str = ""
    reason: str = ""
    state: str = ""
    hours: str = ""
    why: str = ""
    least: str = ""
    undone: str = ""
    by: str = ""
    kind: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The parameters that are said."""
        return {name: said for name in NAMES if (said := getattr(self, name))}


def _text(says: str) -> Parameter:
    def read(name: str, given: Sequence[str]) -> str:
        if len(given[-1]) > TEXT_CHARACTERS_MAX:
            raise InvalidInput(f"{name}: at most {TEXT_CHARACTERS_MAX} characters.", field=name)
        return given[-1].strip()

    return Parameter(read, says=says)


REPORT: Final = Shape(
    ReportView,
    {
        "organization": _text("Whose trail: a slug or an id; nothing for one's own lists."),
        "zone": _text("In which zone days begin, such as Europe/London; otherwise UTC."),
        **{name: _text(f"{label}, for questions that take it.") for name, label in LABELLED.items()},
    },
)


def zone_of(request: AnyRequest, view: ReportView) -> tzinfo:
    """That of the address, else of the reader's browser. Raises `InvalidInput`."""
    if not view.zone:
        return reader_zone(request)
    zone = zone_named(view.zone)
    if name_of(zone) != view.zone:
        raise InvalidInput(f"zone: {view.zone[:40]!r} is not a zone such as Europe/London.", field="zone")
    return zone
