"""``/groups/{group}/suggestions``: what members would tick in a shared list, and what becomes of it."""

from typing import Any, Final, NamedTuple

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, unpack
from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import OperationId, parse_uuid
from sertantai.core.rights import Right
from sertantai.core.suggestion import Suggestion
from sertantai.http.aside import aside
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Allowed
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.importing.lines import read_items
from sertantai.lists.listing import first_rows
from sertantai.lists.together.suggestions import SuggestionFacts, as_sets, facts_of, laws_of
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.parts.shared_lists import shared
from sertantai.web.parts.wording import family_name
from sertantai.web.requests import allowed, own_words
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT

PATH: Final = "/groups/{group:str}/suggestions"
SHOWN_MAX: Final = 50
"""Suggestions, the oldest first; of each so many laws."""
LAWS_SHOWN_MAX: Final = 5
FAMILIES_SHOWN_MAX: Final = 12
LINES_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 50_000
FAMILY: Final = "family"


class Waiting(NamedTuple):
    """A suggestion, its first laws by title, and how many of each family wait in it."""

    facts: SuggestionFacts
    words: str
    """What would be done, as "tick 3 laws and untick 1"."""
    titles: list[str]
    families: list[tuple[str, str, int]]
    """The value, its words, and how many."""
    is_mine: bool


@get(PATH, guards=[signed_in], opt=LOOKED_AT, include_in_schema=False)
async def suggestions_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    return await _page(request, await _seen(request, group))


@post(PATH, guards=[signed_in], include_in_schema=False)
async def suggest_laws(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """``laws``: one a line, as people name them; all must be certain."""
    found = await _seen(request, group)
    fields = await form_fields(request, "laws", "action", "reason")
    try:
        found.require(Right.SUGGEST, found.group)
        add, remove = as_sets(fields["action"] or "bulk_select", await _named(request, fields["laws"]))
        made = await services(request).suggestions.suggest(found, add, remove, fields["reason"])
    except SertantaiError as error:
        return await _page(request, found, error, fields)
    laws = "1 law" if made.count == 1 else f"{made.count:,} laws"
    return _done(request, found, f"You have suggested {laws}. Who manages the list decides.")


@post(f"{PATH}/{{suggestion:str}}", guards=[signed_in], include_in_schema=False)
async def decide(request: AnyRequest, group: FromPath[str], suggestion: FromPath[str]) -> Response[Any]:
    """``decision``: accept, decline or withdraw; of one ``family``, or of all that waits."""
    found = await _seen(request, group)
    fields = await form_fields(request, "decision", FAMILY, "reason")
    service = services(request)
    try:
        id = OperationId(parse_uuid(suggestion, "suggestion"))
        if fields["decision"] == "withdraw":
            await service.suggestions.withdraw(found, id)
            return _done(request, found, "The suggestion has been withdrawn.")
        found.require(Right.APPROVE, found.group)
        chosen = await _of_family(service.register.catalogue, fields[FAMILY])
        is_accepted = fields["decision"] == "accept"
        deciding = service.suggestions.accept if is_accepted else service.suggestions.decline
        done = await deciding(found, id, chosen, fields["reason"])
    except SertantaiError as error:
        return await _page(request, found, error)
    laws = "1 law" if done.decided == 1 else f"{done.decided:,} laws"
    return _done(request, found, f"{laws} accepted." if is_accepted else f"{laws} declined.")


async def _seen(request: AnyRequest, group: str) -> Allowed:
    found = await allowed(request, group, Right.READ)
    if found.access is None:
        raise GroupNotFound("Nobody but you works in this list.", field="group")
    return found


async def _named(request: AnyRequest, text: str) -> BitMap:
    """The laws that lines name. Raises `InvalidInput` naming the first line that is not certain."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(f"Suggest at most {LINES_MAX} laws at once.", field="laws")
    service = services(request)
    _, items = await aside(read_items, text)
    if not 0 < len(items) <= LINES_MAX:
        raise InvalidInput(f"Name 1 to {LINES_MAX} laws, one a line.", field="laws")
    matches = await service.matching.match_all(service.register.catalogue, items, await own_words(request))
    for match in matches:
        if match.found != "matched":
            why = "no law" if match.found == "missing" else "more than one law"
            line = " ".join(match.item.texts)[:80]
            raise InvalidInput(f"“{line}” names {why}: write its title and year.", field="laws")
    return BitMap([match.candidates[0] for match in matches])


async def _of_family(catalogue: Catalogue, family: str) -> BitMap | None:
    return None if not family else catalogue.matching(RecordFilter(family=(family,)))


async def _page(
    request: AnyRequest,
    found: Allowed,
    error: SertantaiError | None = None,
    typed: dict[str, str] | None = None,
) -> Response[bytes]:
    rights, catalogue = found.rights(found.group), services(request).register.catalogue
    pending = list(found.group.suggestions.items())
    shown = [await _waiting(found, catalogue, id, one) for id, one in pending[:SHOWN_MAX]]
    return page(
        request,
        "lists/suggestions.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        list=summary_in(found, found.group),
        shared=shared(found, found.group),
        path=f"/groups/{found.group.id}/suggestions",
        waiting=shown,
        more=len(pending) - len(shown),
        may_decide=Right.APPROVE in rights,
        may_suggest=Right.SUGGEST in rights,
        four_eyes=found.group.four_eyes,
        typed=typed or {},
    )


async def _waiting(found: Allowed, catalogue: Catalogue, id: OperationId, one: Suggestion) -> Waiting:
    laws = laws_of(one)
    rows = await first_rows(catalogue, laws, LAWS_SHOWN_MAX)
    counted = catalogue.facets(RecordFilter(), EMPTY, laws)[FAMILY]
    families = sorted(
        ((str(v.value), family_name(str(v.value)), v.count) for v in counted if v.count),
        key=lambda one: (-one[2], one[1]),
    )
    titles = [row.title_en or row.name for row in rows]
    return Waiting(
        facts_of(found, id, one), _worded(one), titles, families[:FAMILIES_SHOWN_MAX], one.by == found.actor
    )


def _worded(one: Suggestion) -> str:
    ticks, unticks = len(unpack(one.add)), len(unpack(one.remove))
    laws = "law" if (ticks or unticks) == 1 else "laws"
    if not ticks:
        return f"untick {unticks:,} {laws}"
    return f"tick {ticks:,} {laws}" + (f" and untick {unticks:,}" if unticks else "")


def _done(request: AnyRequest, found: Allowed, words: str) -> Response[Any]:
    back = Redirect(f"/groups/{found.group.id}/suggestions", status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, words)


ROUTES = [suggestions_page, suggest_laws, decide]
