"""``/api/v1/organizations/{organization}/groups``: the lists of an organization that whoever asks may see.

And how a list becomes one of them, or of a person: ``/groups/{group}/hand-over``, and ``…/copy``.
"""

from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from sertantai.core.errors import InvalidInput
from sertantai.core.rights import Right
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Lists
from sertantai.lists.between.copying import CopyWanted
from sertantai.lists.groups import RESTRICTED, GroupFacts, ListAccessWord, listed, shown
from sertantai.web.api.groups import NewGroup, made_list, page_of_lists, versioned
from sertantai.web.api.paged import PAGED
from sertantai.web.requests import allowed, lists_of, organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING

ME: Final = "me"
PATH = "/organizations/{organization:str}/groups"


class NewSharedGroup(NewGroup, frozen=True, forbid_unknown_fields=True):
    """``access``: ``restricted``, and only who made it, who is granted it, owners and admins see it. Where it
    is left out, it is what the organization has set for new lists."""

    access: ListAccessWord | UnsetType = UNSET


@get(PATH, guards=[signed_in], opt={**FOR_READING, **PAGED.opt}, summary="The lists of an organisation")
async def list_organization_groups(request: AnyRequest, organization: FromPath[str]) -> Page[GroupFacts]:
    lists = await organization_of(request, organization)
    return page_of_lists(request, lists, [group for group in listed(lists.state) if lists.may_read(group)])


@post(PATH, guards=[signed_in], opt=FOR_BOTH, summary="Create a list in an organisation")
async def create_organization_group(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[NewSharedGroup]
) -> Response[GroupFacts]:
    lists = await organization_of(request, organization, keyed=True)
    lists.require(Right.CREATE)
    return await made_list(request, lists, data, restricted=_said_restricted(data.access))


def _said_restricted(access: ListAccessWord | UnsetType) -> bool | None:
    """None: nothing is said of it."""
    return None if access is UNSET else access == RESTRICTED


class HandOverWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: an organization, by its slug or UUID, or ``me``: out of one. ``with_history``: whoever reads
    the list may read what was done to it before; never from which address or browser."""

    to: str
    with_history: bool = False


@post(
    "/groups/{group:str}/hand-over",
    guards=[signed_in],
    opt={PURPOSE: "hand lists over"},
    summary="Hand a list over to an organisation, or back",
    status_code=200,
)
async def hand_over(
    request: AnyRequest, group: FromPath[str], data: JSONBody[HandOverWanted]
) -> Response[GroupFacts]:
    """The list with its new owner. Its id and its addresses stay."""
    found, to = await allowed(request, group, Right.READ), await receiver(request, data.to)
    there = await services(request).handing_over.hand_over(found, to, with_history=data.with_history)
    return versioned(shown(there, there.group), there.group.version)


async def receiver(request: AnyRequest, to: str, *, keyed: bool = False) -> Lists:
    """Raises `OrganizationNotFound`: to whoever is no member there is none."""
    if to == ME:
        return await lists_of(request, keyed=keyed)
    return await organization_of(request, to, keyed=keyed)


class NewCopy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``to``: an organization, by its slug or UUID, or ``me``; left out, it is where the list is. ``name``:
    left out, that of the list, with a number where it is taken. ``notes``, ``tags``, ``order``: whether these
    go into the copy; laws always do. ``access``: left out, what the organization has set for new lists."""

    to: str | UnsetType = UNSET
    name: str | None = None
    notes: bool = True
    tags: bool = True
    order: bool = True
    access: ListAccessWord | UnsetType = UNSET


@post(
    "/groups/{group:str}/copy",
    guards=[signed_in],
    opt={**FOR_BOTH, PURPOSE: "copy lists"},
    summary="Create a list as a copy of another",
)
async def copy_list(
    request: AnyRequest, group: FromPath[str], data: JSONBody[NewCopy]
) -> Response[GroupFacts]:
    """A snapshot: what is changed in the one list later does not change the other."""
    found = await allowed(request, group, Right.READ)
    here = ME if found.access is None else str(found.owner)
    to = await receiver(request, here if data.to is UNSET else data.to, keyed=True)
    if to.access is None and data.access is not UNSET:
        raise InvalidInput("access: nobody but you sees a list of your own.", field="access")
    wanted = CopyWanted(data.name, data.notes, data.tags, data.order, _said_restricted(data.access))
    made = await services(request).copying.copy(found, to, wanted)
    return versioned(shown(made, made.group), made.group.version, 201)


ROUTES = [list_organization_groups, create_organization_group, hand_over, copy_list]
