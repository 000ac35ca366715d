"""``/groups/{group}/moments``: a list as it was, and what differs from now."""

from datetime import timedelta
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath

from sertantai.audit.moments import BeforeTheTrail
from sertantai.audit.queries import parse_moment
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.pages.time_zone import reader_zone
from sertantai.lists.listing import first_rows
from sertantai.web.api.past import PAST
from sertantai.web.parts.history_wording import sentence
from sertantai.web.parts.list_summary import SHOWN_MAX, summary_in
from sertantai.web.parts.shared_lists import may_of
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

STEPS_SHOWN: Final = 30


@get(
    "/groups/{group:str}/moments",
    guards=[signed_in],
    opt={**LOOKED_AT, **PAST.opt},
    include_in_schema=False,
)
async def past_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """Without ``at``: the list's changes, to choose a moment by."""
    service, found_list = services(request), await allowed(request, group, Right.READ)
    owner, target = found_list.owner, found_list.group
    asked, zone = PAST.of(request), reader_zone(request)
    at = parse_moment(asked.at, "at", zone=zone) if asked.at else None
    until = parse_moment(asked.until, "until", zone=zone) if asked.until else None
    context: dict[str, Any] = {
        "list": summary_in(found_list, target),
        "at": at,
        "until": until,
        "past": None,
        "settled": True,
        "begins": None,
        "may": may_of(found_list, target),
    }
    try:
        begins = context["begins"] = await service.past.begins(found_list)
        told = await service.timeline.page(owner, None, STEPS_SHOWN, group=target.id)
        context["settled"], (steps, _) = told.settled, told.answer
        context["steps"] = [
            (one, sentence(one), one.at - timedelta(microseconds=1))
            for one in steps
            if (one.added or one.removed) and one.at != begins
        ]
        context["problem"] = ""
        if at:
            found = (await service.past.past(found_list, at, until)).answer
            catalogue = service.register.catalogue
            context["past"] = found
            context["parts"] = [
                (key, heading, len(records), await first_rows(catalogue, records, SHOWN_MAX))
                for key, heading, records in (
                    ("came-in", "Added since", found.since.added),
                    ("went-out", "Removed since", found.since.removed),
                    ("as-it-was", "The list then", found.records),
                )
            ]
    except BeforeTheTrail as error:
        context["problem"] = error.message
    except DatabaseUnavailable:
        context |= {
            "steps": [],
            "problem": "Earlier versions will be back when the database is available.",
        }
    return page(request, "lists/past.html", **context)


ROUTES = [past_page]
