"""Who signs in to an account that is to be erased: until when it is there, and how to come back."""

from typing import Any, Final

from litestar import Response

from sertantai.accounts.errors import AccountDisabled
from sertantai.core.errors import Forbidden, SertantaiError
from sertantai.core.ids import UserId
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.persons.desk import STATE_KEY, PersonsDesk
from sertantai.persons.model import Erasure
from sertantai.web.requests import accounts_of
from sertantai.web.services import AnyRequest

COME_BACK: Final = "persons/come_back.html"


async def waiting_of(request: AnyRequest, shut: AccountDisabled) -> Erasure | None:
    """The erasure for which an account is shut, if it may still be undone."""
    desk: PersonsDesk | None = request.app.state.get(STATE_KEY)
    if desk is None or shut.user_id is None:
        return None
    return await desk.erasures.waiting(shut.user_id)


class ToBeErased(Forbidden):
    """Only said to somebody who knew the password."""

    code = "to_be_erased"


async def why_shut(request: AnyRequest, shut: AccountDisabled) -> Forbidden:
    """The same for a program."""
    erasure = await waiting_of(request, shut)
    if erasure is None:
        return shut
    back = "POST /api/v1/account/erasure/undo" if erasure.is_own else "ask your administrator"
    when = f"{erasure.due_at:%Y-%m-%d %H:%M} UTC"
    return ToBeErased(f"This account is to be erased on {when}. To come back before then: {back}.")


async def shut_out_page(request: AnyRequest, shut: AccountDisabled) -> Response[Any] | None:
    """None: the account is shut for another reason."""
    erasure = await waiting_of(request, shut)
    if erasure is None:
        return None
    return await come_back_page(request, erasure)


async def come_back_page(
    request: AnyRequest, erasure: Erasure, step: str = "", error: SertantaiError | None = None
) -> Response[Any]:
    """``step``: the one that was tried before, and ``error`` why in vain."""
    accounts, person = accounts_of(request), UserId(erasure.person)
    factor = await accounts.second_factors.find(person)
    if erasure.is_own and not step:
        step = await accounts.sign_in.step_back(person)
    return page(
        request,
        COME_BACK,
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        erasure=erasure,
        step=step,
        has_code=factor is not None and factor.is_enabled,
        error=error.message if error else "",
    )
