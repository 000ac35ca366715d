"""What a live list keeps beside its filter, law by law, and how many laws at most."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from pyroaring import BitMap

from sertantai.core.ids import GroupId, UserId
from sertantai.core.state import GroupState
from sertantai.lists import exceptions
from sertantai.lists.exceptions import TooManyExceptions, exceptions_of, new_exceptions, with_exceptions
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter

AT = datetime(2026, 3, 1, tzinfo=UTC)
ME = UserId(UUID(int=1))
MATCHING = BitMap(range(10))


class Register:
    everything = BitMap(range(1000))

    def matching(self, wanted: RecordFilter) -> BitMap:
        return MATCHING


REGISTER = cast(Catalogue, Register())


def live(records: BitMap = MATCHING, **settings: Any) -> GroupState:
    metadata = {"filter": {"q": "noise"}, **settings}
    return GroupState(GroupId(UUID(int=2)), "L", AT, AT, metadata=metadata, records=records)


def after(group: GroupState, add: BitMap | None = None, remove: BitMap | None = None) -> GroupState:
    add, remove = add or BitMap(), remove or BitMap()
    changes = new_exceptions(REGISTER, group, add, remove, ME, AT)
    metadata = {key: value for key, value in {**group.metadata, **changes}.items() if value is not None}
    return live((group.records | add) - remove, **metadata)


def test_what_is_unticked_stays_out_and_what_is_ticked_stays_in() -> None:
    group = after(after(live(), remove=BitMap([3])), add=BitMap([50]))
    assert with_exceptions(MATCHING, REGISTER, group) == group.records
    assert {(one.record, one.always, one.by, one.at) for one in exceptions_of(group)} == {
        (3, False, ME, AT),
        (50, True, ME, AT),
    }


def test_putting_it_back_is_no_exception_any_more() -> None:
    group = after(after(live(), remove=BitMap([3])), add=BitMap([3]))
    group = after(after(group, add=BitMap([50])), remove=BitMap([50]))
    assert exceptions_of(group) == []


def test_a_law_that_was_kept_in_and_matches_by_now_stays_out_when_it_is_unticked() -> None:
    group = after(
        live(exceptions_before := MATCHING - BitMap([4]), **{"exception:4": [True, str(ME), AT.isoformat()]})
    )
    assert exceptions_before == group.records
    group = after(live(MATCHING, **dict(group.metadata)), remove=BitMap([4]))
    assert 4 not in with_exceptions(MATCHING, REGISTER, group)


def test_an_ordinary_and_a_frozen_list_keep_none() -> None:
    for group in (live(frozen=True), live(filter=None)):
        assert new_exceptions(REGISTER, group, BitMap([50]), BitMap([3]), ME, AT) == {}


def test_too_many_are_refused_and_fewer_are_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exceptions, "EXCEPTIONS_MAX", 5)
    group = after(live(), add=BitMap(range(50, 55)))
    with pytest.raises(TooManyExceptions):
        after(group, add=BitMap([60]))
    assert len(exceptions_of(after(group, remove=BitMap([50])))) == 4
