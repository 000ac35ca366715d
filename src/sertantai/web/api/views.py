"""``/api/v1/views``: the caller's views of the register with names."""

from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import parse_uuid
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pagination import Page
from sertantai.lists.saved_views import QUERY_CHARACTERS_MAX, SavedView
from sertantai.web.parts.columns import columns_text, parse_columns
from sertantai.web.parts.register_view import PATH, REGISTER
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_CHANGING, FOR_READING

QUERY_FIELDS_MAX = 2_000


class ViewBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``query`` as in the address of ``/records``; its page and list are left out. ``columns`` such as
    ``family:184,title,-year`` (a width after the colon; ``-``: not shown)."""

    name: str
    query: str = ""
    columns: str | None = None


class ViewAnswer(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    query: str
    columns: str | None
    url: str
    created_at: datetime
    updated_at: datetime


@get(
    "/views",
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "save views"},
    summary="My views of the register",
)
async def list_views(request: AnyRequest) -> Page[ViewAnswer]:
    """All of them, by name."""
    found = await services(request).views.list(caller_of(request).user_id)
    return Page([_answer(view) for view in found], None)


@put(
    "/views/{view:str}",
    guards=[signed_in],
    opt={**FOR_CHANGING, PURPOSE: "save views"},
    summary="Save a view",
)
async def put_view(request: AnyRequest, view: FromPath[str], data: JSONBody[ViewBody]) -> ViewAnswer:
    """The caller chooses the UUID: sent again, it is the same view; with another name it is renamed."""
    columns = None if data.columns is None else columns_text(parse_columns(data.columns))
    owner, id = caller_of(request).user_id, parse_uuid(view, "view")
    return _answer(await services(request).views.put(owner, id, data.name, _query(data.query), columns))


@delete(
    "/views/{view:str}",
    guards=[signed_in],
    opt={**FOR_CHANGING, PURPOSE: "save views"},
    summary="Delete a view",
)
async def delete_view(request: AnyRequest, view: FromPath[str]) -> None:
    await services(request).views.delete(caller_of(request).user_id, parse_uuid(view, "view"))


def _query(text: str) -> str:
    """The query as our own addresses state it. Raises `InvalidInput` for one that cannot be meant."""
    if len(text) > QUERY_CHARACTERS_MAX:
        raise InvalidInput(f"query: at most {QUERY_CHARACTERS_MAX:,} characters.", field="query")
    try:
        stated = parse_qs(text.lstrip("?"), max_num_fields=QUERY_FIELDS_MAX)
    except ValueError:
        raise InvalidInput(f"query: at most {QUERY_FIELDS_MAX:,} fields.", field="query") from None
    meant = msgspec.structs.replace(REGISTER.parse(stated), group=None, page=1)
    query = REGISTER.write(meant)
    if len(query) > QUERY_CHARACTERS_MAX:
        raise InvalidInput(f"query: at most {QUERY_CHARACTERS_MAX:,} characters.", field="query")
    return query


def _answer(view: SavedView) -> ViewAnswer:
    url = f"{PATH}?{view.query}" if view.query else PATH
    return ViewAnswer(view.id, view.name, view.query, view.columns, url, view.created_at, view.updated_at)


ROUTES = [list_views, put_view, delete_view]
