"""The order of a person's lists: ranks, written only where they change."""

from collections.abc import Sequence

from sertantai.core.ids import GroupId
from sertantai.core.rights import Right
from sertantai.lists.access import Lists
from sertantai.lists.groups import Groups, listed


async def put_in_order(groups: Groups, lists: Lists, wanted: Sequence[GroupId]) -> list[GroupId]:
    """The lists named come first, as named; unknown ones are passed over. Returns all in their order."""
    known = {group.id: group for group in listed(lists.state)}
    first = [known[group] for group in dict.fromkeys(wanted) if group in known]
    named = {group.id for group in first}
    rest = [group for group in known.values() if group.id not in named]
    ordered = [*first, *rest]
    for rank, group in enumerate(ordered, 1):
        if group.metadata.get("rank") != rank:
            await groups.update(lists.one(group, Right.MANAGE), metadata={"rank": rank})
    return [group.id for group in ordered]
