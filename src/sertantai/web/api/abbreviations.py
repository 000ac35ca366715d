"""``/api/v1/abbreviations``: what the caller writes for laws besides what everybody does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import RecordId, parse_uuid
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.importing.lines import ITEM_CHARACTERS_MAX, ImportItem
from sertantai.records.catalogue import Catalogue
from sertantai.records.own_abbreviations import LAWS_MAX, OwnAbbreviation, abbreviation_text
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_CHANGING, FOR_READING


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
    found = await service.abbreviations.of_user(caller_of(request).user_id)
    return Page([answer_of(service.register.catalogue, one) for one in found], None)


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
    service, id = services(request), parse_uuid(abbreviation, "abbreviation")
    abbreviation_text(data.abbreviation)
    names = await _names(service, data.laws)
    user = caller_of(request).user_id
    kept = await service.abbreviations.put(user, id, data.abbreviation, names)
    return answer_of(service.register.catalogue, kept)


@delete(
    "/abbreviations/{abbreviation:str}",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Remove an abbreviation of a law",
)
async def delete_abbreviation(request: AnyRequest, abbreviation: FromPath[str]) -> None:
    user = caller_of(request).user_id
    await services(request).abbreviations.delete(user, parse_uuid(abbreviation, "abbreviation"))


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


ROUTES = [list_abbreviations, put_abbreviation, delete_abbreviation]
