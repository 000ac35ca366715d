"""``/groups/import``: paste or upload, look at what was found, choose, and only then save."""

from typing import Any, Final

import msgspec
from litestar import Response, get

from sertantai.core.ids import UserId
from sertantai.selections.groups import listed
from sertantai.selections.import_lines import ITEMS_MAX
from sertantai.selections.pages.list_summary import summaries
from sertantai.selections.pages.wording import TYPES
from sertantai.selections.services import AnyRequest, caller, services
from sertantai.web.guards import signed_in
from sertantai.web.rendering import page

TYPES_JSON: Final = msgspec.json.encode({code: words.short for code, words in TYPES.items()}).decode()


@get("/groups/import", guards=[signed_in], include_in_schema=False)
async def import_page(request: AnyRequest) -> Response[bytes]:
    state = await services(request).engine.state(UserId(caller(request).user_id))
    context: dict[str, Any] = {
        "lists": summaries(group for group in listed(state) if not group.metadata.get("archived_at")),
        "into": request.query_params.get("into", ""),
        "items_max": ITEMS_MAX,
        "types_json": TYPES_JSON,
    }
    return page(request, "lists/import.html", **context)


ROUTES = [import_page]
