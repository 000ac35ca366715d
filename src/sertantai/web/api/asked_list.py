"""The list that a request below ``/api/v1/groups/{group}`` is about, and its laws as ids."""

from pyroaring import BitMap

from sertantai.core.ids import OwnerId, RecordId
from sertantai.core.state import GroupState
from sertantai.lists.access import own_lists
from sertantai.lists.actions import find_group
from sertantai.web.services import AnyRequest, caller, services

IDS_SHOWN_MAX = 500


async def asked_list(request: AnyRequest, reference: str) -> tuple[OwnerId, GroupState]:
    owner = own_lists(caller(request).user_id)
    return owner, find_group(await services(request).engine.state(owner), reference)


def ids_of(request: AnyRequest, records: BitMap) -> list[RecordId]:
    return services(request).register.catalogue.record_ids(BitMap(records[:IDS_SHOWN_MAX]))
