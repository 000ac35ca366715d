"""The one door to somebody's lists: whose they are, for who asks."""

from sertantai.core.ids import OwnerId, UserId


def own_lists(person: UserId) -> OwnerId:
    """The owner of a person's own lists: the person. The only place where the one becomes the other."""
    return OwnerId(person)
