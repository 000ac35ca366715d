"""Who saw a list of an organization on an earlier day, as the API and the pages tell it."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sertantai.core.access_state import AccessState
from sertantai.core.errors import InvalidInput
from sertantai.core.state import GroupState
from sertantai.lists.access import Allowed
from sertantai.web.services import Services

A_DAY: Final = timedelta(days=1)
"""A date means its end, and today's is still to come."""


class Then(NamedTuple):
    """The organization's members, teams and grants, and the list, which has no laws in it, at ``moment``."""

    moment: datetime
    access: AccessState
    group: GroupState


async def seen_then(service: Services, found: Allowed, at: datetime) -> Then | None:
    """None: the list was not there then. Raises `InvalidInput` for what is still to come, `BeforeTheTrail`,
    and `DatabaseUnavailable`."""
    now = service.clock.now()
    if at > now + A_DAY:
        raise InvalidInput("at: it must be in the past.", field="at")
    moment = min(now, at)
    then = await service.rights_then.at(found.owner, moment)
    group = None if then is None else then.groups.get(found.group.id)
    if then is None or then.access is None or group is None or group.deleted:
        return None
    return Then(moment, then.access, group)
