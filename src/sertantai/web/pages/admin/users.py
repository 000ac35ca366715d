"""What administrators see of accounts: who there is, who must wait, and the mail on its way."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.model import User
from sertantai.core.errors import Forbidden, InvalidInput, NotFound
from sertantai.core.ids import UserId, parse_uuid
from sertantai.http.guards import admin
from sertantai.http.pages.rendering import page
from sertantai.persons.desk import STATE_KEY, PersonsDesk
from sertantai.persons.model import Erasure
from sertantai.web.query import Shape
from sertantai.web.requests import accounts_of, caller_of, ip_of, session_caller_of
from sertantai.web.services import AnyRequest

USERS_A_PAGE = 100


class UsersAsked(msgspec.Struct, frozen=True):
    after: str = ""


USERS: Final = Shape(UsersAsked)


@get("/admin/users", guards=[admin], opt=USERS.opt, include_in_schema=False)
async def users(request: AnyRequest) -> Response[Any]:
    accounts = accounts_of(request)
    after = await _after(request)
    found = await accounts.list_users(after, USERS_A_PAGE + 1)
    shown = found[:USERS_A_PAGE]
    waiting = {one.person for one in await _erasures(request) if one.is_waiting}
    following = UsersAsked(str(shown[-1].user_id)) if len(found) > USERS_A_PAGE else None
    return page(
        request,
        "admin/users.html",
        users=shown,
        to_be_erased=waiting,
        next_url=USERS.address("/admin/users", following) if following else None,
        first_url="/admin/users" if after else None,
        myself=caller_of(request).user_id,
    )


async def _erasures(request: AnyRequest) -> list[Erasure]:
    desk: PersonsDesk | None = request.app.state.get(STATE_KEY)
    return [] if desk is None else await desk.erasures.all()


async def _after(request: AnyRequest) -> User | None:
    text = USERS.of(request).after
    if not text:
        return None
    user = await accounts_of(request).find_user(UserId(parse_uuid(text, "after")))
    if user is None:
        raise InvalidInput("after: there is no such user.", field="after")
    return user


@post("/admin/users/{user:str}/disable", guards=[admin], include_in_schema=False)
async def disable(request: AnyRequest, user: FromPath[str]) -> Response[Any]:
    return await _set_disabled(request, parse_uuid(user, "user"), disabled=True)


@post("/admin/users/{user:str}/enable", guards=[admin], include_in_schema=False)
async def enable(request: AnyRequest, user: FromPath[str]) -> Response[Any]:
    return await _set_disabled(request, parse_uuid(user, "user"), disabled=False)


async def _set_disabled(request: AnyRequest, user_id: UUID, *, disabled: bool) -> Response[Any]:
    by = session_caller_of(request).user_id
    if user_id == by:
        raise Forbidden("You cannot disable your own account. Ask another administrator.")
    accounts, ip = accounts_of(request), ip_of(request)
    changed = await accounts.set_disabled(UserId(user_id), disabled=disabled, ip=ip, by=by)
    if changed is None:
        raise NotFound("This user does not exist.")
    return Redirect("/admin/users", status_code=HTTP_303_SEE_OTHER)


@get("/admin/outbox", guards=[admin], include_in_schema=False)
async def outbox(request: AnyRequest) -> Response[Any]:
    return page(request, "admin/outbox.html", mails=await accounts_of(request).outbox.list())


ROUTES = [users, disable, enable, outbox]
