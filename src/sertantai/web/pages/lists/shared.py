"""``/shared/{secret}``: a list, read by whoever has a link to it, without an account.

The secret stands in the address, so this page sends nobody on with it: it is in no log of ours, its answers
carry ``no-referrer`` (`http.protocol.security_headers`), and search engines are asked to leave it out.
"""

from typing import Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.http.guards import ANY_TOKEN, public
from sertantai.http.pages.rendering import page
from sertantai.lists.together.links import PATH as SHARED_PATH
from sertantai.web.parts.shared_laws import SEARCH_CHARACTERS_MAX, laws_page, laws_shared, shared_name
from sertantai.web.parts.wording import type_wording
from sertantai.web.query import PAGE, Shape, choice, text
from sertantai.web.services import AnyRequest, services

PATH: Final = f"{SHARED_PATH}/{{secret:str}}"
LAWS_A_PAGE: Final = 100
PRINTED_MAX: Final = 5_000
"""Some 150 sheets."""
ALL: Final = "all"


class SharedView(msgspec.Struct, frozen=True):
    """``show``: "all" on one page, for paper."""

    q: str = ""
    show: str = ""
    page: int = 1


SHARED: Final = Shape(SharedView, {"q": text(most=SEARCH_CHARACTERS_MAX), "show": choice(ALL), "page": PAGE})


@get(PATH, guards=[public], opt={**ANY_TOKEN, **SHARED.opt}, include_in_schema=False)
async def shared_page(request: AnyRequest, secret: FromPath[str]) -> Response[bytes]:
    """404 for a link that has ended, as for one that never was."""
    view, service = SHARED.of(request), services(request)
    is_first = view == SharedView()
    shared = await service.links.open(secret, counts=is_first)
    catalogue = service.register.catalogue
    matching = await laws_shared(catalogue, shared, view.q)
    total, size = len(matching), PRINTED_MAX if view.show == ALL else LAWS_A_PAGE
    pages = 1 if view.show == ALL else max(1, -(-total // size))
    number = min(view.page, pages)
    first = (number - 1) * size
    path, turned = f"{SHARED_PATH}/{secret}", msgspec.structs.replace
    return page(
        request,
        "lists/shared.html",
        heading=shared_name(shared),
        organization="" if shared.access is None else shared.access.name,
        until=shared.link.until,
        notes=shared.link.notes,
        count=shared.group.count,
        total=total,
        laws=await laws_page(catalogue, shared, matching, first, size),
        first=first + 1,
        view=view,
        path=path,
        type_words=type_wording,
        all_url=SHARED.address(path, SharedView(q=view.q, show=ALL)),
        paged_url=SHARED.address(path, SharedView(q=view.q)),
        previous_url=SHARED.address(path, turned(view, page=number - 1)) if number > 1 else "",
        next_url=SHARED.address(path, turned(view, page=number + 1)) if number < pages else "",
    )


ROUTES = [shared_page]
