"""``/api/v1/groups``: the caller's lists."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from sertantai.core.errors import PreconditionFailed
from sertantai.core.ids import GroupId, RecordId, parse_uuid
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside, encoded
from sertantai.http.encoded import Encoded
from sertantai.http.guards import PURPOSE, signed_in, visitor
from sertantai.http.pagination import Page
from sertantai.lists.access import Allowed, Lists, group_now
from sertantai.lists.groups import RESTRICTED, GroupFacts, ListAccessWord, deleted, listed, shown
from sertantai.lists.reading import changes_of_others, changes_since
from sertantai.lists.smart import follow, smart_metadata
from sertantai.lists.together.sharing import PersonShown
from sertantai.lists.together.signed import person_in
from sertantai.web.api.asked import FILTER, REMOVAL, removal_reason
from sertantai.web.api.paged import PAGED, page_of
from sertantai.web.query import VERSION, Shape
from sertantai.web.requests import allowed, allowed_to_read, asked, lists_of, version_seen
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_CHANGING, FOR_READING

VERSION_HEADER = b"last-modified-version"
_CURSOR_KIND = "groups"
OTHERS_LAWS_MAX: Final = 500


class NewGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With ``filter``, as for ``/records``, it is a smart list and holds at once what matches; ``frozen``: it
    does not follow the register by itself."""

    name: str
    description: str | None = None
    metadata: dict[str, Any] = {}
    filter: dict[str, str | int | bool | list[str | int | bool]] | None = None
    frozen: bool = False


class GroupChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is; null takes a description or a setting away."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    metadata: dict[str, Any] = {}
    access: ListAccessWord | UnsetType = UNSET
    four_eyes: bool | UnsetType = UNSET
    """Of an organization's list: ``restricted``, and only who is granted it sees it."""


class RecordIds(msgspec.Struct, frozen=True):
    version: int
    count: int
    record_ids: list[RecordId]


class ChangeOfAnother(msgspec.Struct, frozen=True):
    by: PersonShown
    at: datetime
    added: list[RecordId]
    removed: list[RecordId]


class Changes(msgspec.Struct, frozen=True):
    """``others``: of an organization's list, what others did in it since then, the newest first; as far as
    that is remembered, and of 500 laws at most."""

    version: int
    added: list[RecordId]
    removed: list[RecordId]
    others: list[ChangeOfAnother] = []


class DeletedGroup(msgspec.Struct, frozen=True):
    id: GroupId
    name: str
    deleted_at: datetime


def versioned(content: Any, version: int, status: int = 200) -> Response[Any]:
    return JsonAnswer(content, status_code=status, headers=((VERSION_HEADER, b"%d" % version),))


class ChangesQuery(msgspec.Struct, frozen=True):
    since: int = 0


CHANGES: Final = Shape(ChangesQuery, {"since": VERSION})


@get("/groups", guards=[visitor], opt={**FOR_READING, **PAGED.opt}, summary="My lists")
async def list_groups(request: AnyRequest) -> Page[GroupFacts]:
    lists = await lists_of(request)
    return page_of_lists(request, lists, listed(lists.state))


def page_of_lists(request: AnyRequest, lists: Lists, groups: list[GroupState]) -> Page[GroupFacts]:
    page, following = page_of(_CURSOR_KIND, groups, lambda group: group.id, PAGED.of(request))
    return Page([shown(lists, group) for group in page], following)


@post("/groups", guards=[signed_in], opt={**FOR_CHANGING, PURPOSE: "create lists"}, summary="Create a list")
async def create_group(request: AnyRequest, data: JSONBody[NewGroup]) -> Response[GroupFacts]:
    return await made_list(request, await lists_of(request, keyed=True), data)


async def made_list(
    request: AnyRequest, lists: Lists, data: NewGroup, *, restricted: bool | None = None
) -> Response[GroupFacts]:
    """A new list among these. ``restricted`` None: as new lists are there."""
    service, metadata = services(request), data.metadata
    if data.filter is not None:
        metadata = {**metadata, **smart_metadata(FILTER.parse(data.filter).filter, frozen=data.frozen)}
    group = await service.groups.create(
        lists,
        data.name,
        data.description,
        metadata,
        id=None if lists.key is None else GroupId(lists.key),
        restricted=restricted,
    )
    if data.filter is not None:
        made = lists.one(group, Right.TICK)
        await follow(service.actions, await service.register.current(), made)
        group = await group_now(service.engine, made)
    return versioned(shown(lists, group), group.version, 201)


@get("/groups/deleted", guards=[signed_in], opt=FOR_READING, summary="Deleted lists that can be restored")
async def list_deleted(request: AnyRequest) -> Page[DeletedGroup]:
    service = services(request)
    state = (await lists_of(request)).state
    items = [
        DeletedGroup(
            g.id,
            str(g.metadata["deleted_name"]),
            datetime.fromisoformat(str(g.metadata["deleted_at"])),
        )
        for g in deleted(state, service.clock.now())
    ]
    return Page(items, None)


@get("/groups/{group:str}", guards=[visitor], opt=FOR_READING, summary="A list")
async def get_group(request: AnyRequest, group: FromPath[str]) -> Response[GroupFacts]:
    found = await allowed_to_read(request, group)
    return versioned(shown(found, found.group), found.group.version)


@patch("/groups/{group:str}", guards=[signed_in], opt=FOR_BOTH, summary="Rename or describe a list")
async def update_group(
    request: AnyRequest, group: FromPath[str], data: JSONBody[GroupChanges]
) -> Response[GroupFacts]:
    found = await allowed(request, group, Right.MANAGE)
    _check_version(request, found)
    changed = await services(request).groups.update(
        found,
        name=None if data.name is UNSET else data.name,
        description=None if data.description is UNSET else data.description or "",
        metadata=data.metadata,
        restricted=None if data.access is UNSET else data.access == RESTRICTED,
        four_eyes=None if data.four_eyes is UNSET else data.four_eyes,
    )
    return versioned(shown(found, changed), changed.version)


@delete(
    "/groups/{group:str}",
    guards=[signed_in],
    opt={**FOR_CHANGING, **REMOVAL.opt},
    summary="Delete a list (it can be restored)",
)
async def delete_group(request: AnyRequest, group: FromPath[str]) -> None:
    found = await allowed(request, group, Right.MANAGE)
    _check_version(request, found)
    await services(request).groups.delete(found, removal_reason(request))


@post(
    "/groups/{group:str}/restore",
    guards=[signed_in],
    opt=FOR_BOTH,
    summary="Restore a deleted list",
    status_code=200,
)
async def restore_group(request: AnyRequest, group: FromPath[str]) -> Response[GroupFacts]:
    wanted = GroupId(parse_uuid(group, "group"))
    lists = await services(request).access.deleted_in(asked(request, "undo"), wanted, Right.MANAGE)
    restored = await services(request).groups.restore(lists, wanted)
    return versioned(shown(lists, restored), restored.version)


@get("/groups/{group:str}/record-ids", guards=[visitor], opt=FOR_READING, summary="The ids of a list's laws")
async def record_ids(request: AnyRequest, group: FromPath[str]) -> Response[RecordIds]:
    found = (await allowed_to_read(request, group)).group
    version, count, records = found.version, found.count, found.records
    ids = services(request).register.catalogue.record_ids

    def answer() -> Encoded:
        return encoded(RecordIds(version, count, ids(records)))

    return versioned(answer() if count <= ITEMS_AT_HAND_MAX else await aside(answer), version)


@get(
    "/groups/{group:str}/changes",
    guards=[visitor],
    opt={**FOR_READING, **CHANGES.opt},
    summary="What changed in a list since a version",
)
async def group_changes(request: AnyRequest, group: FromPath[str]) -> Response[Changes]:
    service, since = services(request), CHANGES.of(request).since
    asked_for = await allowed_to_read(request, group)
    found = await changes_since(service.effects, asked_for, since)
    ids = service.register.catalogue.record_ids
    others = [
        ChangeOfAnother(by, one.operation.at, ids(one.added), ids(one.removed))
        for one in changes_of_others(asked_for, since, OTHERS_LAWS_MAX)
        if (by := person_in(asked_for, one.operation.origin.actor)) is not None
    ]

    def answer() -> Encoded:
        return encoded(Changes(found.version, ids(found.added), ids(found.removed), others))

    is_small = len(found.added) + len(found.removed) <= ITEMS_AT_HAND_MAX
    return versioned(answer() if is_small else await aside(answer), found.version)


def _check_version(request: AnyRequest, asked_for: Allowed) -> None:
    """``If-Unmodified-Since-Version``: refuse to overwrite what the caller has not seen."""
    wanted = version_seen(request)
    found = asked_for.group
    if wanted is not None and found.version > wanted:
        raise PreconditionFailed(f"The list is at version {found.version} now. Reload it.")


ROUTES = [
    list_groups,
    create_group,
    list_deleted,
    get_group,
    update_group,
    delete_group,
    restore_group,
    record_ids,
    group_changes,
]
