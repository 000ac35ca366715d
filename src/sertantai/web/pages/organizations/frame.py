"""What the pages of one organization share: its head, where they lead, and how a form is answered."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from litestar import Response
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import SertantaiError
from sertantai.core.rights import Right
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Lists
from sertantai.organizations.standing import Standing
from sertantai.web.parts.rights_wording import ROLES, refusal
from sertantai.web.services import AnyRequest

PATH: Final = "/organizations/{organization:str}"
MINE: Final = "/organizations"


class Tab(NamedTuple):
    key: str
    href: str
    label: str


class Frame(NamedTuple):
    """An organization in the head of its pages. ``ends_at``: when it ends, unless that is called off."""

    id: str
    path: str
    name: str
    slug: str
    role: str
    members: int
    tabs: list[Tab]
    ends_at: datetime | None
    may_end: bool


def path_of(standing: Standing) -> str:
    return f"{MINE}/{standing.access.slug}"


def frame(lists: Lists) -> Frame:
    standing = lists.standing()
    access, rights, path = standing.access, standing.rights, path_of(standing)
    tabs = [Tab("lists", path, "Lists")]
    if Right.MEMBERS in rights:
        tabs += [Tab("members", f"{path}/members", "Members"), Tab("teams", f"{path}/teams", "Teams")]
    tabs.append(Tab("abbreviations", f"{path}/abbreviations", "Abbreviations"))
    if Right.AUDIT not in standing.member.deny:
        tabs.append(Tab("audit", f"{path}/audit", "History"))
    if rights & {Right.SETTINGS, Right.END}:
        tabs.append(Tab("settings", f"{path}/settings", "Settings"))
    return Frame(
        id=str(lists.owner),
        path=path,
        name=access.name,
        slug=access.slug,
        role=ROLES[standing.member.role],
        members=len(access.members),
        tabs=tabs,
        ends_at=access.ends_at,
        may_end=Right.END in rights,
    )


class Refused(NamedTuple):
    """What was wrong, at which form of the page, and in which of its fields."""

    error: SertantaiError
    at: str


def answer(
    request: AnyRequest, template: str, refused: Refused | None = None, **context: Any
) -> Response[bytes]:
    """The page, with what was wrong where it was wrong."""
    error = None if refused is None else refused.error
    return page(
        request,
        template,
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        error_field=(error.field or "") if error else "",
        error_at=refused.at if refused else "",
        **context,
    )


def done(request: AnyRequest, path: str, words: str) -> Response[Any]:
    """Lead on, to a page that says what was done."""
    return saying(request, Redirect(path, status_code=HTTP_303_SEE_OTHER), words)
