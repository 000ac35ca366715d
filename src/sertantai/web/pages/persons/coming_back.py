"""``/sign-in/come-back``: who asked to be erased, and has changed their mind in time."""

from typing import Any, Final

from litestar import Response, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.errors import SecondFactorNeeded, SecondFactorWrong
from sertantai.accounts.model import SessionKind
from sertantai.core.errors import SertantaiError
from sertantai.http.guards import public
from sertantai.http.pages.notices import saying
from sertantai.http.stale_forms import FORM_AGAIN
from sertantai.web.api.persons.own_data import desk_of
from sertantai.web.parts.forms import form_again, form_fields, refused
from sertantai.web.parts.persons.shut_out import come_back_page
from sertantai.web.requests import (
    accounts_of,
    ip_of,
    user_agent_of,
    whereabouts_of,
    with_known_device,
    with_session,
)
from sertantai.web.services import AnyRequest

SIGN_IN: Final = "account/sign_in.html"
LEADS_TO: Final = "/account/data"
WELCOME: Final = "Welcome back. Your account stays as it was; nothing was erased."


async def sign_in_again(request: AnyRequest) -> Response[Any]:
    return await form_again(request, SIGN_IN, email="", told="")


@post("/sign-in/come-back", guards=[public], include_in_schema=False, opt={FORM_AGAIN: sign_in_again})
async def come_back(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "step", "code")
    accounts, ip = accounts_of(request), ip_of(request)
    try:
        user = await accounts.sign_in.coming_back(fields["step"], fields["code"], whereabouts_of(request))
        await desk_of(request).undo(user, by=user.user_id, ip=ip)
        accounts.sign_in.admitted(user)
    except (SecondFactorNeeded, SecondFactorWrong) as error:
        person = accounts.sign_in.who_comes_back(fields["step"])
        erasure = await desk_of(request).erasures.waiting(person)
        if erasure is None:
            return refused(request, SIGN_IN, error, email="", wanted=LEADS_TO, told="")
        return await come_back_page(request, erasure, fields["step"], error)
    except SertantaiError as error:
        return refused(request, SIGN_IN, error, email="", wanted=LEADS_TO, told="")
    opened = await accounts.open_session(user, SessionKind.COOKIE, ip, user_agent_of(request))
    back = saying(request, Redirect(LEADS_TO, status_code=HTTP_303_SEE_OTHER), WELCOME)
    return with_session(with_known_device(back, request, user), opened, secure=accounts.secure_cookies)


ROUTES = [come_back]
