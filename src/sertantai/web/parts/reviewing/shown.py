"""Who answers for laws, and when each is due, as pages show and offer it, by days of the reader's zone."""

from datetime import date, datetime
from itertools import islice
from typing import Final, NamedTuple

from pyroaring import BitMap

from sertantai.core.ids import UserId
from sertantai.core.notes import REVIEWED_AT
from sertantai.core.operations import Annotation
from sertantai.core.responsible import may_answer, responsible_of, user_id
from sertantai.core.rights import Right
from sertantai.core.sharing.permission import may_review_own
from sertantai.core.state import GroupState
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.turns import sliced
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.lists.together.responsibilities import Answering, Duties, answering, duties_of, may_be_named
from sertantai.lists.together.sharing import PersonShown
from sertantai.lists.together.signed import signed
from sertantai.web.parts.counted import Counted

OFFERED_SHOWN: Final = 200
_known: Final = Counted[Duties]()


class Offered(NamedTuple):
    """Who can answer for laws of a list. ``more``: there are others."""

    people: list[PersonShown]
    more: bool


class LawReview(NamedTuple):
    """What is said of one law, and what whoever looks may say. ``offered`` None: nobody is named here."""

    answers: Answering
    offered: Offered | None
    may_assign: bool
    may_review: bool
    reviewed_at: datetime | None
    reviewed_by: PersonShown | None

    @property
    def is_former(self) -> bool:
        """Whoever answered for it cannot be chosen anew."""
        who, offered = self.answers.responsible, self.offered
        return who is not None and offered is not None and who.id not in {one.id for one in offered.people}


def offered_in(lists: Lists, group: GroupState) -> Offered | None:
    """None: in a list of one's own, and to who may not say so."""
    if lists.access is None or Right.REVIEW not in lists.rights(group):
        return None
    people = list(islice(may_be_named(lists, group), OFFERED_SHOWN + 1))
    return Offered(people[:OFFERED_SHOWN], len(people) > OFFERED_SHOWN)


def law_review(lists: Lists, group: GroupState, annotation: Annotation, today: date) -> LawReview:
    return LawReview(
        answering(lists, annotation, today),
        offered_in(lists, group),
        Right.REVIEW in lists.rights(group),
        may_review(lists, group, annotation),
        _moment(annotation.get(REVIEWED_AT)),
        signed(lists, annotation, None).reviewed_by,
    )


def may_review(lists: Lists, group: GroupState, annotation: Annotation) -> bool:
    """Whether somebody may say of a law that it still applies; see `require_review`."""
    rights, access = lists.rights(group), lists.access
    if access is None or Right.REVIEW in rights:
        return True
    mine = lists.viewer is None and responsible_of(annotation) == lists.actor
    return mine and may_review_own(access, lists.actor, rights)


async def duties_in(group: GroupState) -> Duties:
    """Worked out once for each state of a list."""
    if (known := _known.of(group)) is not None:
        return known
    if len(group.annotations) <= ITEMS_AT_HAND_MAX:
        return _known.keep(group, duties_of(group))
    return _known.keep(group, await aside(duties_of, group))


async def answered_in(lists: Lists, person: UserId, today: date) -> list[tuple[GroupState, int, int]]:
    """The lists that whoever asks may read in which a person answers for laws: how many, and how many of them
    are due; those with what is due first."""
    found = []
    async for group in sliced(listed(lists.state), 1):
        if not group.annotations or not lists.may_read(group):
            continue
        duties = await duties_in(group)
        if laws := answered_by(duties, person) & group.records:
            found.append((group, len(laws), len(laws & duties.due(today))))
    return sorted(found, key=lambda one: (-one[2], one[0].name.casefold()))


async def orphaned_in(lists: Lists) -> list[tuple[GroupState, int]]:
    """The lists in which whoever asks says who answers, with how many laws whoever was named for them can
    answer for no longer: they have gone, are suspended, or may not read the list any more. Most first."""
    found = []
    async for group in sliced(listed(lists.state), 1):
        if not group.annotations or Right.REVIEW not in lists.rights(group):
            continue
        duties = await duties_in(group)
        gone = (
            laws
            for said, laws in duties.by_person.items()
            if (person := user_id(said)) is None or not may_answer(lists.access, group.access, person)
        )
        if laws := BitMap.union(BitMap(), *gone) & group.records:
            found.append((group, len(laws)))
    return sorted(found, key=lambda one: (-one[1], one[0].name.casefold()))


def answered_by(duties: Duties, person: UserId) -> BitMap:
    return duties.by_person.get(str(person), BitMap())


def _moment(said: object) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
