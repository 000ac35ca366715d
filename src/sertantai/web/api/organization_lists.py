"""``/api/v1/organizations/{organization}/groups``: the lists of an organization that whoever asks may see."""

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pagination import Page
from sertantai.lists.groups import OPEN, RESTRICTED, GroupFacts, ListAccessWord, listed
from sertantai.organizations.organizations import NEW_LISTS
from sertantai.web.api.groups import NewGroup, made_list, page_of_lists
from sertantai.web.api.paged import PAGED
from sertantai.web.requests import organization_of
from sertantai.web.services import AnyRequest
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING

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
    assert lists.access is not None
    usual = lists.access.settings.get(NEW_LISTS, OPEN)
    access = usual if data.access is UNSET else data.access
    return await made_list(request, lists, data, restricted=access == RESTRICTED)


ROUTES = [list_organization_groups, create_organization_group]
