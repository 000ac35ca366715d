"""The first laws of a set as ids: answers that tell of many name only some."""

from pyroaring import BitMap

from sertantai.core.ids import RecordId
from sertantai.web.services import AnyRequest, services

IDS_SHOWN_MAX = 500


def ids_of(request: AnyRequest, records: BitMap) -> list[RecordId]:
    return services(request).register.catalogue.record_ids(BitMap(records[:IDS_SHOWN_MAX]))
