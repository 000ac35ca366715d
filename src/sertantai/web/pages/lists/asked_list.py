"""What pages beside a list have in common: which list they are about, and the others."""

from typing import Any, Final

from sertantai.core.ids import OwnerId
from sertantai.core.state import GroupState
from sertantai.lists.access import own_lists
from sertantai.lists.actions import find_group
from sertantai.lists.groups import listed
from sertantai.web.parts.list_summary import ListSummary, summaries
from sertantai.web.services import AnyRequest, Services, caller, services

SHOWN_MAX: Final = 200


async def asked_list(request: AnyRequest, reference: str) -> tuple[Any, OwnerId, GroupState]:
    service, owner = services(request), own_lists(caller(request).user_id)
    return service, owner, find_group(await service.engine.state(owner), reference)


async def lists_of(service: Services, owner: OwnerId) -> list[ListSummary]:
    """Those beside the page: where to go next."""
    return summaries(listed(await service.engine.state(owner)))
