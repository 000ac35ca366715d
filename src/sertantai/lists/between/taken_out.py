"""That laws of an organization's list are taken out of it stands in its trail, before they are outside."""

from typing import Final, NamedTuple

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.errors import PermissionNeeded
from sertantai.core.ids import OperationId, Position, UserId
from sertantai.core.operations import ExportList
from sertantai.core.rights import Right, Rights
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed
from sertantai.organizations.standing import who_can_give
from sertantai.process.new_ids import new_id

COPY: Final = "copy"
"""Into a new list of another owner, beside the endings of files."""
COMBINATION: Final = "combination"
"""Into a list of another owner, worked out from several."""
REPORT: Final = "report"
"""As the report of an import into it."""


class Given(NamedTuple):
    """Of which list a file tells, as it was when the door was passed, and of how many of its laws."""

    target: Allowed
    laws: int


def require_taking_out(access: AccessState, actor: UserId, rights: Rights) -> None:
    """Raises `PermissionNeeded` unless these rights to a list let somebody export it."""
    if Right.EXPORT not in rights:
        raise PermissionNeeded(Right.EXPORT.value, who_can_give(access, actor))


async def make_known(engine: Engine, given: Given, form: str) -> None:
    """By whoever asks in fact; one's own lists tell nothing of this. Raises as `Engine.perform` does: what
    cannot be made known is not given away."""
    found = given.target
    if found.access is not None:
        await engine.perform(taking_along(found, found.group, given.laws, form))


def taking_along(found: Allowed, group: GroupState, laws: int, form: str) -> ExportList:
    """What is said of an organization's list; ``group`` is the list as it is given away."""
    by = found.by
    if found.viewer is not None:
        by = msgspec.structs.replace(by, actor=found.viewer)
    return ExportList(
        id=OperationId(new_id()),
        owner=found.owner,
        group=group.id,
        at=found.now(),
        origin=by,
        version=Position(group.version),
        laws=laws,
        form=form,
    )
