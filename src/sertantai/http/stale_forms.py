"""A form that is sent with a token of before: somebody signed in in another tab, or the cookies went.

Nothing is done with it, and nobody is left at a wall: the form comes again, with a token that is good.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.http.caller import AnyRequest
from sertantai.http.csrf import Csrf, FormExpired
from sertantai.http.exception_handlers import safe_next, wants_page
from sertantai.http.forms import is_form
from sertantai.http.pages.notices import saying

FORM_AGAIN: Final = "form_again"
"""A handler with ``opt={"form_again": answer}`` has its form shown again by ``answer(request)``, with what
was typed. Without it people are led back to the page of the form."""
NO_PROOF: Final = "no_proof"
"""A handler with ``opt={"no_proof": True}`` is proved to by what its requests carry, and by no cookie."""
EXPIRED: Final = "This form has expired. Here it is again."

FormAgain = Callable[[AnyRequest], Awaitable[Response[Any]]]


class StaleForms:
    """``check`` runs before each handler; what it returns is the answer."""

    def __init__(self, csrf: Csrf) -> None:
        self._csrf = csrf

    async def check(self, request: AnyRequest) -> Response[Any] | None:
        if not self._csrf.needs_proof(request) or request.route_handler.opt.get(NO_PROOF):
            return None
        try:
            await self._csrf.check(request)
        except FormExpired:
            if not (wants_page(request) and is_form(request)):
                raise
            again: FormAgain | None = request.route_handler.opt.get(FORM_AGAIN)
            return await (again or _back)(request)
        return None


async def _back(request: AnyRequest) -> Response[Any]:
    came_from = urlsplit(request.headers.get("referer", ""))
    here = came_from.netloc == request.url.netloc
    # The page of an account is also what its forms answer with, at addresses that only take forms.
    is_account = came_from.path.startswith("/account/") and came_from.path != "/account/second-factor"
    path = f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    wanted = "/account" if is_account else safe_next(path if here else None)
    return saying(request, Redirect(wanted, status_code=HTTP_303_SEE_OTHER), EXPIRED, "warning")
