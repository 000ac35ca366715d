"""``/groups/import``: paste or upload, look at what was found, choose, and only then save."""

from typing import Any, Final

import msgspec
from litestar import Response, get

from sertantai.files.rows import COLUMNS
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.lists.groups import listed
from sertantai.lists.importing.lines import ITEMS_MAX, KEYS
from sertantai.web.parts.list_summary import summaries
from sertantai.web.parts.wording import TYPES
from sertantai.web.query import Shape
from sertantai.web.requests import lists_of
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_READING

TYPES_JSON: Final = msgspec.json.encode({code: words.short for code, words in TYPES.items()}).decode()
EXPORTED_JSON: Final = msgspec.json.encode(sorted({*COLUMNS, *KEYS})).decode()
"""Headings of what is exported from here; a table with any other is somebody's own."""
NAMED_BY_JSON: Final = msgspec.json.encode(KEYS).decode()


class ImportAsked(msgspec.Struct, frozen=True):
    into: str = ""


IMPORT: Final = Shape(ImportAsked)


@get("/groups/import", guards=[signed_in], opt={**FOR_READING, **IMPORT.opt}, include_in_schema=False)
async def import_page(request: AnyRequest) -> Response[bytes]:
    state = (await lists_of(request)).state
    context: dict[str, Any] = {
        "lists": summaries(group for group in listed(state) if not group.metadata.get("archived_at")),
        "into": IMPORT.of(request).into,
        "items_max": ITEMS_MAX,
        "types_json": TYPES_JSON,
        "exported_json": EXPORTED_JSON,
        "named_by_json": NAMED_BY_JSON,
    }
    return page(request, "lists/importing.html", **context)


ROUTES = [import_page]
