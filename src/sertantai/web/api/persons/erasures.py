"""``/api/v1/admin/…/erasure``: whom an administrator has erased, what would go, and undoing it in time.

In a session only, as everything that administrators do: no token does.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from sertantai.accounts.model import User
from sertantai.core.errors import NotFound
from sertantai.core.ids import UserId, parse_uuid
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import aside
from sertantai.http.guards import admin
from sertantai.persons.model import DAYS, Erasure
from sertantai.persons.wording import Voice, sentences
from sertantai.web.api.persons.own_data import ErasureTold, desk_of, erasure_told
from sertantai.web.requests import accounts_of, ip_of, session_caller_of
from sertantai.web.services import AnyRequest

TAGS: Final = ["Accounts"]
PERSON: Final = "/admin/users/{user:str}/erasure"


class ErasurePlanned(msgspec.Struct, frozen=True):
    """``went``: how many rows would go, or lose what is personal, by table and act. ``refusals``: what is in
    the way, and the way out; none: nothing is. ``waiting``: the one that was asked for and may be undone.
    ``days``: to undo it, where none are stated."""

    went: dict[str, int]
    refusals: list[str]
    waiting: ErasureTold | None
    days: int


class EraseSomebody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``current_password``: the administrator's. ``reason`` stays for ever: it should name nobody. ``days``:
    to undo it; 0: at once."""

    current_password: str
    reason: str
    days: int = DAYS


class ErasureListed(msgspec.Struct, frozen=True):
    """``email`` None: they are gone. ``asked_by`` None: the operator, by a command. ``went``: what went."""

    id: UUID
    person: UUID
    email: str | None
    state: str
    reason: str
    asked_at: datetime
    asked_by: UUID | None
    due_at: datetime
    done_at: datetime | None
    went: dict[str, int]
    certificate: str


class ErasuresListed(msgspec.Struct, frozen=True):
    """The newest first, 1,000 at most. ``back``: who was erased, is there again after a restore, and is not
    erased yet: with why."""

    items: list[ErasureListed]
    back: dict[str, str]


async def person_of(request: AnyRequest, user: str) -> User:
    """Raises `NotFound`, also for a guest: what they have is nobody's."""
    found = await accounts_of(request).find_user(UserId(parse_uuid(user, "user")))
    if found is None or found.email is None:
        raise NotFound("This user does not exist.")
    return found


@get("/admin/erasures", guards=[admin], tags=TAGS)
async def erasures(request: AnyRequest) -> Response[ErasuresListed]:
    """Who was erased, is to be, or was and came back; with the page of each certificate."""
    desk = desk_of(request)
    found = await desk.erasures.all()
    people = await desk.erasures.addresses_of([one.person for one in found])
    letters = accounts_of(request).letters

    def told() -> ErasuresListed:
        items = [
            _listed(one, people.get(one.person), letters.url(desk.certificate_path(one.id))) for one in found
        ]
        return ErasuresListed(items, {str(person or ""): why for person, why in desk.back.items()})

    return JsonAnswer(await aside(told))


@get(PERSON, guards=[admin], tags=TAGS)
async def plan(request: AnyRequest, user: FromPath[str]) -> ErasurePlanned:
    """What would go if somebody were erased, and what is in the way. Nothing is done."""
    person, desk = await person_of(request, user), desk_of(request)
    found, waiting = await desk.plan(person), await desk.erasures.waiting(person.user_id)
    refusals = sentences(found.in_the_way, person.email or user, Voice.ADMINISTRATOR)
    return ErasurePlanned(
        found.went, refusals, None if waiting is None else erasure_told(request, waiting), DAYS
    )


@post(PERSON, guards=[admin], tags=TAGS, status_code=201)
async def erase(request: AnyRequest, user: FromPath[str], data: JSONBody[EraseSomebody]) -> ErasureTold:
    """Have somebody erased, with my own password: they are shut out and written to at once, and erased after
    so many days."""
    person, me = await person_of(request, user), session_caller_of(request).user_id
    await accounts_of(request).passwords.require_password(me, data.current_password)
    asked: dict[str, Any] = {"days": data.days, "by": me, "ip": ip_of(request), "voice": voice_of(person, me)}
    return erasure_told(request, await desk_of(request).erase(person, data.reason, **asked))


@post(f"{PERSON}/undo", guards=[admin], tags=TAGS, status_code=HTTP_200_OK)
async def undo(request: AnyRequest, user: FromPath[str]) -> ErasureTold:
    """They stay, and may sign in again, unless they were shut out before."""
    person, me = await person_of(request, user), session_caller_of(request).user_id
    return erasure_told(request, await desk_of(request).undo(person, by=me, ip=ip_of(request)))


def voice_of(person: User, asked_by: UserId) -> Voice:
    return Voice.THEMSELVES if person.user_id == asked_by else Voice.ADMINISTRATOR


def _listed(one: Erasure, email: str | None, certificate: str) -> ErasureListed:
    said = one.state, one.reason, one.asked_at, one.asked_by, one.due_at, one.done_at
    return ErasureListed(one.id, one.person, email, *said, one.went, certificate)


ROUTES = [erasures, plan, erase, undo]
