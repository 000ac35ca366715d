"""What a resource of SCIM says of itself."""

from datetime import datetime
from typing import Any


def meta_of(kind: str, created_at: datetime | None, updated_at: datetime | None) -> dict[str, Any]:
    meta = {"resourceType": kind}
    if created_at is not None and updated_at is not None:
        meta |= {"created": _moment(created_at), "lastModified": _moment(updated_at)}
    return meta


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
