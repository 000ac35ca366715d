"""Classes, acts and holds in the words of a person."""

from typing import Final

ABOUT: Final = {
    "deeds": "Who changed what in lists",
    "origins": "From where it was done",
    "guest_deeds": "What guests did",
    "security_events": "Security events",
    "rejections": "Refused operations",
    "access": "Who looked at what",
}
ACTS: Final = {"dropped": "Month dropped", "rewritten": "Month rewritten", "deleted": "Rows deleted"}
SCOPES: Final = {
    "installation": "Everything",
    "organization": "Organisation",
    "list": "List",
    "law": "Law",
    "person": "Person",
}
BY: Final = {
    "installation": "for everybody",
    "organization": "of the organisation",
    "action": "of an action",
    "organization_action": "of an action of the organisation",
    "guests": "for guests",
}


def about_in_words(about: str, action: str | None = None) -> str:
    said = ABOUT.get(about, about)
    return said if action is None else f"{said}: {action.replace('_', ' ')}"
