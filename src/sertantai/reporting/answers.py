"""Which part of this room answers which question."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from sertantai.reporting.asked import Asked
from sertantai.reporting.of_events import EVENTS
from sertantai.reporting.of_lists import APPLICABLE, DIFFERENCES, REVIEWS
from sertantai.reporting.of_notices import ACCESS, DROPPED, RULES, WHOLE
from sertantai.reporting.of_operations import EVERYTHING, IN_BULK, OUTSIDE, PERSON
from sertantai.reporting.of_register import COVERAGE, NEVER_CONSIDERED, RESPONSE
from sertantai.reporting.of_rights import RIGHTS
from sertantai.reporting.of_trail import LAW, REMOVALS
from sertantai.reporting.of_trail_reviews import TRAIL_REVIEWS
from sertantai.reporting.paging import Pages
from sertantai.reporting.sight import Sight


class Answer(Protocol):
    """``chunk``: so many rows at a time, at most."""

    def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages: ...


class OverTime(Answer, Protocol):
    """Counted without reading its rows, in the spans between ``edges``."""

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]: ...


class Totalled(Answer, Protocol):
    async def total(self, sight: Sight, asked: Asked) -> int: ...


OVER_TIME: Final[Mapping[str, OverTime]] = {
    "removals": REMOVALS,
    "access": ACCESS,
    "outside-hours": OUTSIDE,
    "mass-changes": IN_BULK,
    "everything": EVERYTHING,
    "law": LAW,
    "person": PERSON,
    "sign-ins": EVENTS,
    "rules": RULES,
    "dropped": DROPPED,
    "whole": WHOLE,
    "trail-reviews": TRAIL_REVIEWS,
}
TOTALLED: Final[Mapping[str, Totalled]] = {
    "applicable": APPLICABLE,
    "differences": DIFFERENCES,
    "coverage": COVERAGE,
    "never-considered": NEVER_CONSIDERED,
}
ANSWERS: Final[Mapping[str, Answer]] = {
    **OVER_TIME,
    **TOTALLED,
    "reviews": REVIEWS,
    "rights": RIGHTS,
    "response": RESPONSE,
}
