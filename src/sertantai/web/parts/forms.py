"""What the pages' forms have in common: reading fields, and showing the form again with what was wrong."""

from typing import Any, Final

from litestar import Response
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.http.caller import member_of
from sertantai.http.exception_handlers import safe_next
from sertantai.http.forms import form_of
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.http.stale_forms import EXPIRED
from sertantai.web.services import AnyRequest

FIELD_CHARACTERS_MAX: Final = 8192
DATABASE_AWAY: Final = (
    "This is not possible at the moment, because the database is not available. Your lists are safe, "
    "and anyone already signed in can carry on. Try again in a minute."
)


async def form_fields(request: AnyRequest, *names: str) -> dict[str, str]:
    """The named fields of a form; what is missing is empty."""
    form = await form_of(request)
    return {name: form.get(name)[:FIELD_CHARACTERS_MAX] for name in names}


async def form_again(request: AnyRequest, template: str, *names: str, **context: object) -> Response[Any]:
    """The form of strangers again, with a good token and the fields named; who has signed in goes on."""
    fields = await form_fields(request, *names, "next")
    wanted = safe_next(fields["next"])
    if member_of(request) is not None:
        return Redirect(wanted, status_code=HTTP_303_SEE_OTHER)
    kept: dict[str, Any] = {"error": EXPIRED, "error_field": "", "wanted": wanted, **context}
    kept.update((name, fields[name]) for name in names)
    return page(request, template, **kept, status=422)


def refused(request: AnyRequest, template: str, error: SertantaiError, **context: object) -> Response[bytes]:
    """The form again, with what was wrong where it was wrong."""
    message = DATABASE_AWAY if isinstance(error, DatabaseUnavailable) else error.message
    return page(
        request,
        template,
        status=status_of(error),
        headers=problem_of(error, "").headers,
        error=message,
        error_field=error.field or "",
        **context,
    )
