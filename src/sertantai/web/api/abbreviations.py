"""``/api/v1/abbreviations``: what the caller writes for laws besides what everybody does; below an
organization, what its members do."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId, UserId, parse_uuid
from sertantai.core.rights import Right
from sertantai.core.sharing.ways_in import ABBREVIATION_PREFIX
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Lists
from sertantai.lists.importing.lines import ITEM_CHARACTERS_MAX, ImportItem
from sertantai.organizations.memberships import settled
from sertantai.records.catalogue import Catalogue
from sertantai.records.own_abbreviations import LAWS_MAX, OwnAbbreviation, Say, Whose, abbreviation_text
from sertantai.web.requests import caller_of, organization_of
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_CHANGING, FOR_READING

SHARED = "/organizations/{organization:str}/abbreviations"


class AbbreviationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``laws``: each as people write it, by its title, number, name, link or id, so that it means one law."""

    abbreviation: str
    laws: list[str]


class AbbreviatedLaw(msgspec.Struct, frozen=True):
    """``id`` and ``title_en`` are null for what is not in the register."""

    name: str
    id: RecordId | None = None
    title_en: str | None = None


class AbbreviationAnswer(msgspec.Struct, frozen=True):
    """All of ``laws`` are meant."""

    id: UUID
    abbreviation: str
    laws: list[AbbreviatedLaw]
    created_at: datetime
    updated_at: datetime


@get("/abbreviations", guards=[signed_in], opt=FOR_READING, summary="My abbreviations of laws")
async def list_abbreviations(request: AnyRequest) -> Page[AbbreviationAnswer]:
    """All of them, in the order of their letters."""
    service = services(request)
    return await _listed(service, caller_of(request).user_id)


@put(
    "/abbreviations/{abbreviation:str}",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Save an abbreviation of a law",
)
async def put_abbreviation(
    request: AnyRequest, abbreviation: FromPath[str], data: JSONBody[AbbreviationBody]
) -> AbbreviationAnswer:
    """The caller chooses the UUID: sent again, it is the same one; with another text it is renamed.

    The caller's searches, imports and ``/records/match`` take it for these laws.
    """
    user = caller_of(request).user_id
    return await _put(services(request), user, user, abbreviation, data)


@delete(
    "/abbreviations/{abbreviation:str}",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Remove an abbreviation of a law",
)
async def delete_abbreviation(request: AnyRequest, abbreviation: FromPath[str]) -> None:
    user = caller_of(request).user_id
    await services(request).abbreviations.delete(user, user, parse_uuid(abbreviation, "abbreviation"))


@get(SHARED, guards=[signed_in], opt=FOR_READING, summary="Abbreviations of an organisation")
async def list_shared_abbreviations(
    request: AnyRequest, organization: FromPath[str]
) -> Page[AbbreviationAnswer]:
    """All of them, in the order of their letters. Searches and imports of each member understand them."""
    service, lists = services(request), await organization_of(request, organization)
    found = await shared_abbreviations(service, lists)
    return Page([answer_of(service.register.catalogue, one) for one in found], None)


@put(
    f"{SHARED}/{{abbreviation:str}}",
    guards=[signed_in],
    summary="Save an abbreviation of an organisation",
)
async def put_shared_abbreviation(
    request: AnyRequest,
    organization: FromPath[str],
    abbreviation: FromPath[str],
    data: JSONBody[AbbreviationBody],
) -> AbbreviationAnswer:
    """For who may change its settings; otherwise as ``/abbreviations``. A member's own comes before it."""
    service, lists = services(request), await organization_of(request, organization)
    lists.require(Right.SETTINGS)
    say = _said(service, lists, parse_uuid(abbreviation, "abbreviation"))
    await settled(service.engine, lists.owner)  # it takes them from whom it knows as a member
    return await _put(service, lists.actor, lists.owner, abbreviation, data, say)


@delete(
    f"{SHARED}/{{abbreviation:str}}",
    guards=[signed_in],
    summary="Remove an abbreviation of an organisation",
)
async def delete_shared_abbreviation(
    request: AnyRequest, organization: FromPath[str], abbreviation: FromPath[str]
) -> None:
    service, lists = services(request), await organization_of(request, organization)
    lists.require(Right.SETTINGS)
    id = parse_uuid(abbreviation, "abbreviation")
    await settled(service.engine, lists.owner)
    await service.abbreviations.delete(lists.actor, lists.owner, id, _said(service, lists, id))


async def shared_abbreviations(service: Services, lists: Lists) -> list[OwnAbbreviation]:
    """An organization's, as its members read them. PostgreSQL shows none to whoever it does not know as one
    yet, so none are believed only once it knows all of them. Raises `Unavailable`."""
    found = await service.abbreviations.of(lists.owner)
    if not found:
        await settled(service.engine, lists.owner)
        found = await service.abbreviations.of(lists.owner)
    return found


def _said(service: Services, lists: Lists, id: UUID) -> Say:
    """In the organization's own log: what its members' searches mean is changed for all of them."""
    return partial(service.said.say, lists.by, lists.owner, f"{ABBREVIATION_PREFIX}{id}", is_kept=False)


async def _listed(service: Services, whose: Whose) -> Page[AbbreviationAnswer]:
    found = await service.abbreviations.of(whose)
    return Page([answer_of(service.register.catalogue, one) for one in found], None)


async def _put(
    service: Services,
    by: UserId,
    whose: Whose,
    abbreviation: str,
    data: AbbreviationBody,
    say: Say | None = None,
) -> AbbreviationAnswer:
    id = parse_uuid(abbreviation, "abbreviation")
    abbreviation_text(data.abbreviation)
    names = await _names(service, data.laws)
    kept = await service.abbreviations.put(by, whose, id, data.abbreviation, names, say)
    return answer_of(service.register.catalogue, kept)


async def _names(service: Services, laws: Sequence[str]) -> list[str]:
    """What the register calls these laws. Raises `InvalidInput` for what may mean several, or none."""
    texts = [text.strip()[:ITEM_CHARACTERS_MAX] for text in laws if text.strip()]
    if not 1 <= len(texts) <= LAWS_MAX:
        raise InvalidInput(f"laws: from 1 to {LAWS_MAX}.", field="laws")
    catalogue = service.register.catalogue
    matches = await service.matching.match_all(
        catalogue, [ImportItem(at, (text,)) for at, text in enumerate(texts)]
    )
    for match in matches:
        if match.found != "matched":
            what = "means no law" if match.found == "missing" else "may mean several laws"
            raise InvalidInput(
                f"laws: {match.item.texts[0][:80]!r} {what}. Write its number, such as 1974 c. 37.",
                field="laws",
            )
    numbers = dict.fromkeys(number for match in matches for number in match.candidates)
    return [row.name for row in catalogue.rows([*numbers])]


def answer_of(catalogue: Catalogue, kept: OwnAbbreviation) -> AbbreviationAnswer:
    laws = [_law(catalogue, name) for name in kept.laws]
    return AbbreviationAnswer(kept.id, kept.abbreviation, laws, kept.created_at, kept.updated_at)


def _law(catalogue: Catalogue, name: str) -> AbbreviatedLaw:
    number = catalogue.number_named(name)
    if number is None:
        return AbbreviatedLaw(name)
    row = catalogue.row(number)
    return AbbreviatedLaw(name, row.id, row.title_en)


ROUTES = [
    list_abbreviations,
    put_abbreviation,
    delete_abbreviation,
    list_shared_abbreviations,
    put_shared_abbreviation,
    delete_shared_abbreviation,
]
