"""The form on ``/audit`` by which somebody says that they have reviewed the history for a time."""

from datetime import date
from typing import Any, Final

from litestar import Response, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.audit.queries import parse_group
from sertantai.core.errors import InvalidInput, PermissionNeeded, SertantaiError
from sertantai.core.ids import GroupId
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Lists
from sertantai.lists.errors import GroupNotFound
from sertantai.reporting.sights import seen_in
from sertantai.web.pages.history.audit import TrailView, sees_all
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summaries_in
from sertantai.web.parts.reporting.sights import trail_asked
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.requests import caller_of, reader_today
from sertantai.web.services import AnyRequest, services

REVIEWS: Final = "/audit/reviews"
FIELDS: Final = ("organization", "list", "since", "until", "note")


@post(REVIEWS, guards=[signed_in], include_in_schema=False)
async def state_review(request: AnyRequest) -> Response[Any]:
    """Whoever may see all of it, or the list that is named. An administrator who only looks into an
    organization reviews nothing in its name."""
    fields = await form_fields(request, *FIELDS)
    lists, look = await trail_asked(request, fields["organization"])
    if look is not None:
        raise PermissionNeeded(Right.AUDIT.value, ())
    back = TrailView(organization=fields["organization"]).url()
    try:
        group = _group(lists, fields["list"])
        span = _day(fields, "since"), _day(fields, "until")
        by = caller_of(request).user_id
        await services(request).trail_reviews.state(
            lists.owner, group, span, reader_today(request), fields["note"], by
        )
    except SertantaiError as error:
        return page(
            request,
            "history/review.html",
            status=status_of(error),
            headers=problem_of(error, "").headers,
            view=TrailView(organization=fields["organization"], list=fields["list"]),
            review_since=fields["since"],
            review_until=fields["until"],
            review_note=fields["note"],
            lists=await summaries_in(lists),
            sees_all=sees_all(lists),
            error=refusal(error),
            back=back,
        )
    return saying(request, Redirect(back, status_code=HTTP_303_SEE_OTHER), "Your review is recorded.")


def _group(lists: Lists, named: str) -> GroupId | None:
    """The list that is meant; None: all. Raises `GroupNotFound`."""
    if not named:
        if not sees_all(lists):
            raise InvalidInput("list: choose a list whose history you see.", field="list")
        return None
    group = lists.named(parse_group(named) or named).group.id
    if group not in seen_in(lists, as_file=False):
        raise GroupNotFound("This list does not exist.", field="list")
    return group


def _day(fields: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(fields[name])
    except ValueError:
        raise InvalidInput(f"{name}: a day, such as 2026-03-01.", field=name) from None


ROUTES = [state_review]
