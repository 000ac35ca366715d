"""That a list of an organization was taken along stands in its trail, before the first byte goes out."""

from typing import NamedTuple

import msgspec

from sertantai.core.ids import OperationId, Position
from sertantai.core.operations import ExportList
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed
from sertantai.process.new_ids import new_id


class Given(NamedTuple):
    """Of which list a file tells, as it was when the door was passed, and of how many of its laws."""

    target: Allowed
    laws: int


async def make_known(engine: Engine, given: Given, form: str) -> None:
    """By whoever asks in fact; one's own lists tell nothing of this. Raises as `Engine.perform` does: what
    cannot be made known is not given away."""
    found = given.target
    if found.access is None:
        return
    by = found.by
    if found.viewer is not None:
        by = msgspec.structs.replace(by, actor=found.viewer)
    await engine.perform(
        ExportList(
            id=OperationId(new_id()),
            owner=found.owner,
            group=found.group.id,
            at=found.now(),
            origin=by,
            version=Position(found.group.version),
            laws=given.laws,
            form=form,
        )
    )
