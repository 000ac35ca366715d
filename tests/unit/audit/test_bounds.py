"""What a look at the trail reports, and how far it goes, ends at a bound."""

from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from sertantai.audit.moments import ACTIVITY_DAYS_MAX, Moments
from sertantai.audit.verify import DIFFERENCES_MAX, RECORDS_SHOWN_MAX, Fault, _Check
from sertantai.core.bitmaps import bitmap
from sertantai.core.errors import InvalidInput

ANN: Any = UUID(int=1)


def test_of_many_lists_that_differ_the_first_are_told_with_their_first_laws() -> None:
    check = _Check({}, None)
    records = bitmap(range(RECORDS_SHOWN_MAX + 5))
    for number in range(DIFFERENCES_MAX + 5):
        check._add(Fault.LIST_MISSING, (ANN, UUID(int=number)), "a list", records)
    found = check.result().differences
    assert len(found) == DIFFERENCES_MAX
    assert (found[0].count, list(found[0].records)) == (len(records), list(range(RECORDS_SHOWN_MAX)))


async def test_activity_is_told_of_so_many_days() -> None:
    moments, first = Moments(cast("Any", Away())), date(2026, 1, 1)
    with pytest.raises(ConnectionError):
        await moments.activity(ANN, first, first + timedelta(days=ACTIVITY_DAYS_MAX))
    with pytest.raises(InvalidInput) as refused:
        await moments.activity(ANN, first, first + timedelta(days=ACTIVITY_DAYS_MAX + 1))
    assert refused.value.field == "to"


class Away:
    """Who asks it anything has passed the bound."""

    def read(self, *_given: Any, **_named: Any) -> Any:
        raise ConnectionError
