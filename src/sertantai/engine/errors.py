"""Refusals of this room."""

from sertantai.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable


class AnnotationChanged(Conflict):
    """A note, or what else stands with a selection, is not what the caller was shown; nothing was changed."""

    code = "annotation_changed"

    def __init__(self, key: str) -> None:
        super().__init__(
            "The note or tags were changed elsewhere in the meantime; nothing was changed.",
            field=f"expected.{key}",
        )


class CannotAnswer(InvalidInput):
    """Who is to answer for laws of a list is nobody who may read it."""

    code = "cannot_answer"

    def __init__(self) -> None:
        super().__init__(
            "responsible: name a member of the organisation who may read this list. Nothing was changed.",
            field="responsible",
        )


class ReasonNeeded(InvalidInput):
    """An organization requires a reason wherever laws are removed from its lists."""

    code = "reason_needed"

    def __init__(self) -> None:
        super().__init__(
            "reason: this organisation asks why a law is removed from a list. Nothing was changed.",
            field="reason",
        )


class SalvageRefused(Conflict):
    """What was found in a journal's file cannot be done again here; nothing was changed."""

    code = "salvage_refused"


class KeptElsewhere(Unavailable):
    """Another server on the same database keeps this person's lists, and runs. See docs/decisions/0034."""

    code = "lists_kept_elsewhere"

    def __init__(self) -> None:
        super().__init__(
            "Another server on the same database keeps your lists. Nothing was changed here; go on there, or "
            "here once it has stopped.",
            retry_after_s=30,
        )


class HandedOver(Unavailable):
    """The list went to another owner while this was on its way. Asked for again, it is found there."""

    code = "list_handed_over"

    def __init__(self) -> None:
        super().__init__(
            "This list was handed over just now. Nothing was changed; try again.", retry_after_s=0
        )


class AccessEnded(Forbidden):
    """The right to it ended while it was on its way."""

    code = "access_ended"

    def __init__(self) -> None:
        super().__init__("You may no longer do this here: your access was changed. Nothing was done.")


class LastOwner(Conflict):
    """Nobody would be left who can do everything."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__(
            "An organisation needs an owner: hand over its ownership first. Nothing was changed."
        )


class MemberBack(Conflict):
    """Who is to be taken back has come again meanwhile, or was taken back before."""

    code = "already_member"

    def __init__(self) -> None:
        super().__init__("They are a member of the organisation already. Nothing was changed.")


class TooLate(Conflict):
    """It can no longer be undone."""

    code = "too_late"

    def __init__(self) -> None:
        super().__init__("They went more than 30 days ago: invite them again. Nothing was changed.")


class MemberNotFound(NotFound):
    code = "member_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such member or team in this organisation.")


class SuggestionGone(Conflict):
    """It was decided or withdrawn meanwhile."""

    code = "suggestion_gone"

    def __init__(self) -> None:
        super().__init__("This suggestion has been decided or withdrawn. Nothing was changed.")
