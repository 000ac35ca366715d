"""What acts of retention cover is read once for many owners, and again where a later act may cover more."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.audit.vouched import hashes
from sertantai.audit.vouched.hashes import Covering, Hash
from sertantai.audit.vouched.told import Telling, Told
from sertantai.core.ids import JournalId, OperationId, OwnerId, Position, UserId
from sertantai.sealing.deeds import ORIGIN, Deed
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.notices import Kind

ACT, LATER = UUID(int=1), UUID(int=2)
AT = datetime(2026, 1, 2, tzinfo=UTC)
DEED = Deed(
    journal=JournalId(UUID(int=3)),
    position=Position(1),
    part=0,
    id=OperationId(UUID(int=4)),
    owner=OwnerId(UUID(int=5)),
    actor=UserId(UUID(int=5)),
    list=None,
    list_name="",
    at=AT,
    session=None,
    ip=None,
    user_agent=None,
    source="hand",
    undoes=None,
    count=None,
    rows=[],
)


def of_retention(act: UUID) -> Told:
    return Told(AT, Kind.RETENTION, None, {"act": str(act), "month": "2026-01"}, 1)


async def test_acts_are_read_once_and_again_where_there_may_be_more_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, moments = [of_retention(ACT)], list[object]()

    async def reads(connection: object, *of: object) -> Telling:
        moments.append(connection)
        return Telling([*told], is_alone=True)

    monkeypatch.setattr(hashes, "told_of", reads)
    covering = Covering(TrailFiles(tmp_path), {DEED.journal}, None, 0)

    async def why_not(moment: Any, act: UUID) -> str | None:
        covering.begin(moment)
        return await covering.why_not(DEED, {ORIGIN: Hash("", act)})

    assert await why_not("first", ACT) is None
    assert await why_not("second", ACT) is None
    assert moments == ["first"]
    told.append(of_retention(LATER))
    assert await why_not("third", LATER) is None
    assert moments == ["first", "third"]
    assert await why_not("fourth", UUID(int=9)) is not None
    assert await covering.why_not(DEED, {ORIGIN: Hash("", UUID(int=9))}) is not None
    assert moments == ["first", "third", "fourth"], "what a moment has is read once"
