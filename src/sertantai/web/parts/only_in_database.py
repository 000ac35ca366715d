"""What of a list only the database knows; None while it is away."""

from sertantai.core.errors import DatabaseUnavailable
from sertantai.lists.access import Allowed
from sertantai.lists.changed_records import ChangedRecords, changed_records
from sertantai.records.ranks import Numbers
from sertantai.web.services import Services


async def changed_or_none(service: Services, found: Allowed) -> ChangedRecords | None:
    """Which of its laws an import changed."""
    try:
        return await changed_records(service.effects, service.register, found)
    except DatabaseUnavailable:
        return None


async def coming_or_none(service: Services, found: Allowed) -> Numbers | None:
    """Its laws in the order in which they came in."""
    try:
        return (await service.effects.in_order_of_coming(found.owner, found.group.id)).answer
    except DatabaseUnavailable:
        return None
