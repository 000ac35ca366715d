"""An organization's list as whoever looks sees it: whose it is, and what may be done with it."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from sertantai.core.rights import ALL_RIGHTS, Level, Right, Rights
from sertantai.core.sharing.removal_reasons import NEVER, removal_reasons
from sertantai.core.state import GroupState
from sertantai.lists.access import Lists
from sertantai.lists.exceptions import is_live
from sertantai.lists.groups import display_name, listed

OFFERED_MAX: Final = 200
"""Lists of an organization to choose from at once; any other is opened from the organization's page."""
SHARED_SELECTION: Final = "Shared selection"
"""What the list is called that every organization begins with, until it is renamed."""

LEVELS_MEAN: Final[dict[Level, str]] = {
    Level.VIEW: "You can view this list.",
    Level.SUGGEST: "You can view this list and suggest changes.",
    Level.EDIT: "You can tick laws in this list and write notes.",
    Level.MANAGE: "You can manage this list.",
}


class May(NamedTuple):
    """What pages offer to do with a list. Of one's own lists: everything."""

    rights: Rights

    @property
    def tick(self) -> bool:
        return Right.TICK in self.rights

    @property
    def note(self) -> bool:
        return Right.NOTE in self.rights

    @property
    def review(self) -> bool:
        return Right.REVIEW in self.rights

    @property
    def suggest(self) -> bool:
        return Right.SUGGEST in self.rights

    @property
    def manage(self) -> bool:
        return Right.MANAGE in self.rights

    @property
    def share(self) -> bool:
        return Right.SHARE in self.rights

    @property
    def export(self) -> bool:
        return Right.EXPORT in self.rights

    @property
    def create(self) -> bool:
        """Another list of the same owner."""
        return Right.CREATE in self.rights

    @property
    def see_history(self) -> bool:
        return Right.AUDIT in self.rights

    @property
    def see_members(self) -> bool:
        return Right.MEMBERS in self.rights


EVERYTHING: Final = May(ALL_RIGHTS)


class SharedList(NamedTuple):
    """Whose an organization's list is; ``path``: of that organization's pages."""

    organization: str
    path: str
    level: Level
    restricted: bool
    is_ending: bool
    waiting: int
    """Suggestions that nobody has decided yet."""
    reasons: str = ""
    """Where whoever removes laws is asked why: whether it is to be said (``require``) or may be (``ask``)."""


class SharedLists(NamedTuple):
    """The lists of an organization that laws can be ticked into; ``to_suggest``: those that somebody may only
    suggest changes to."""

    organization: str
    path: str
    lists: list[GroupState]
    to_suggest: list[GroupState]


def may_of(lists: Lists, group: GroupState) -> May:
    return EVERYTHING if lists.access is None else May(lists.rights(group))


def shared(lists: Lists, group: GroupState) -> SharedList | None:
    """None: the list is a person's."""
    access = lists.access
    if access is None:
        return None
    return SharedList(
        organization=access.name,
        path=f"/organizations/{access.slug}",
        level=lists.level(group) or Level.VIEW,
        restricted=group.restricted,
        is_ending=access.ends_at is not None,
        waiting=len(group.suggestions),
        reasons="" if (reasons := removal_reasons(access)) == NEVER else reasons,
    )


def to_tick_into(organizations: Sequence[Lists], current: GroupState | None) -> list[SharedLists]:
    """By organization, in the order in which one came into them; without those that have no such list. Of
    each the first, as many as can be chosen from, and the one that is ``current``."""
    found = []
    for lists in organizations:
        assert lists.access is not None
        shown = [group for group in listed(lists.state) if not group.metadata.get("archived_at")]
        ticked = _first(lists, shown, current, may_tick)
        suggested = _first(lists, shown, current, may_only_suggest)
        if ticked or suggested:
            path = f"/organizations/{lists.access.slug}"
            found.append(SharedLists(lists.access.name, path, ticked, suggested))
    return found


def _first(
    lists: Lists,
    groups: Sequence[GroupState],
    current: GroupState | None,
    is_one: Callable[[Lists, GroupState], bool],
) -> list[GroupState]:
    first = list(islice((one for one in groups if is_one(lists, one)), OFFERED_MAX))
    is_among = current is None or any(one is current for one in first)
    return first if is_among else first + [one for one in groups if one is current and is_one(lists, one)]


def may_tick(lists: Lists, group: GroupState) -> bool:
    return Right.TICK in lists.rights(group)


def may_only_suggest(lists: Lists, group: GroupState) -> bool:
    rights = lists.rights(group)
    return Right.TICK not in rights and {Right.READ, Right.SUGGEST} <= rights


def targets_among(lists: Lists, groups: Iterable[GroupState]) -> set[str]:
    """Those of an owner's lists, by id, that laws can be copied into."""
    return {
        str(group.id)
        for group in groups
        if lists.access is None or (Right.TICK in lists.rights(group) and not is_live(group))
    }


def name_in(lists: Lists | None, group: GroupState) -> str:
    """What a list is called on pages."""
    is_unnamed = group.is_default and group.name == "default"
    if is_unnamed and lists is not None and lists.access is not None:
        return SHARED_SELECTION
    return display_name(group)
