"""What stands in the way of an erasure, and what goes by one, in words. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from sertantai.persons.model import Obstacle

HELD: Final = "held"
LAST_OWNER: Final = "last_owner"
MEMBER: Final = "member"
LAST_ADMINISTRATOR: Final = "last_administrator"
REJECTED: Final = "rejected"
IMPORTING: Final = "importing"


class Voice(StrEnum):
    """To whom it is said: what there is to do differs."""

    OPERATOR = "operator"
    """On the command line of the server."""
    ADMINISTRATOR = "administrator"
    THEMSELVES = "themselves"


OPERATOR: Final = Voice.OPERATOR
_WHY_NOT: Final[Mapping[Voice, Mapping[str, str]]] = {
    Voice.OPERATOR: {
        HELD: "A legal hold covers what {who} did, and what is held is kept (Art. 17(3) GDPR). "
        "Release it first: sertantai retention holds.",
        LAST_OWNER: "{who} is the last owner of the organisation {about}. Make somebody else an owner first, "
        "or end the organisation.",
        MEMBER: "{who} is a member of the organisation {about}. End that first, and say who gets what they "
        "leave: sertantai organizations remove {about} ADDRESS.",
        LAST_ADMINISTRATOR: "{who} is the last administrator. Make another one first: sertantai users "
        "create ADDRESS --role admin.",
        REJECTED: "Changes of {who} wait for a decision. Retry or drop them first: sertantai sync rejections "
        "list.",
        IMPORTING: "An import of {who} is running. Wait until it has ended.",
    },
    Voice.ADMINISTRATOR: {
        HELD: "A legal hold covers what {who} did, and what is held is kept (Art. 17(3) GDPR). "
        "Release it first, on the page Retention.",
        LAST_OWNER: "{who} is the last owner of the organisation {about}. Somebody else there must become an "
        "owner first, or the organisation must be ended.",
        MEMBER: "{who} is a member of the organisation {about}. They must be removed from it first; whoever "
        "does it says who gets what they leave.",
        LAST_ADMINISTRATOR: "{who} is the last administrator. Somebody else must become one first.",
        REJECTED: "The database refused changes of {who}, and they wait for a decision. Somebody with access "
        "to the server retries or drops them first: sertantai sync rejections list.",
        IMPORTING: "An import of {who} is running. Wait until it has ended.",
    },
    Voice.THEMSELVES: {
        HELD: "A legal hold covers what you did, and what is held must be kept (Art. 17(3) GDPR). Ask the "
        "administrators of this site: when the hold is released, you can erase your account.",
        LAST_OWNER: "You are the last owner of the organisation {about}. Make somebody else an owner first, "
        "or end the organisation.",
        MEMBER: "You are a member of the organisation {about}. Leave it first: you choose who gets what you "
        "leave.",
        LAST_ADMINISTRATOR: "You are the last administrator of this site. Somebody else must become one "
        "first.",
        REJECTED: "The database refused changes of yours, and they wait for a decision. Ask the "
        "administrators of this site.",
        IMPORTING: "An import of yours is running. Wait until it has ended, then ask again.",
    },
}
TABLES: Final[Mapping[str, str]] = {
    "users": "The account: address, password, role",
    "user_selection_groups": "Own lists",
    "user_record_selections": "Laws ticked in them, with notes",
    "user_sessions": "Sessions",
    "user_api_tokens": "Tokens for scripts",
    "user_one_time_links": "Links that were sent by e-mail",
    "user_second_factors": "Two-step verification",
    "user_recovery_codes": "Recovery codes",
    "user_identities": "Other ways to sign in",
    "provider_sign_ins": "Sign-ins that were begun",
    "provisioned_accounts": "That a directory made the account",
    "organization_directory_users": "Entries of an organisation's directory",
    "saved_views": "Saved searches",
    "saved_reports": "Saved reports",
    "import_reports": "Reports of imports",
    "own_abbreviations": "Own abbreviations",
    "selection_group_links": "Links to read lists",
    "mail_outbox": "E-mails",
    "sync_rejections": "Changes that the database refused",
    "organization_requests": "Requests to an organisation",
    "audit_blinds": "Keys of the sealed log",
}
KEPT_WITHOUT: Final[Mapping[str, str]] = {
    "saved_reports": "Reports of others: the person as a recipient",
    "organization_invitations": "Invitations: the address",
    "guests": "Guests' ticks: whose they became",
    "security_events": "Security events: whom, from where, and what about",
    "selection_audit_log": "The history: from where, and in own lists the words",
    "months": "Months of the history that were rewritten for it",
}
"""Rows that stay, and what goes of them."""


def sentences(found: Iterable[Obstacle], who: str, voice: Voice) -> list[str]:
    return [_WHY_NOT[voice][one.what].format(who=who, about=one.about) for one in found]


def in_words(found: Iterable[Obstacle], who: str, voice: Voice) -> str:
    return " ".join(sentences(found, who, voice))


def going(went: Mapping[str, int]) -> list[tuple[str, int]]:
    """Of what was counted by table and act: the rows that go, in words, in the order of telling."""
    return _told(went, "deleted", TABLES)


def staying(went: Mapping[str, int]) -> list[tuple[str, int]]:
    """The rows that stay, and what goes of them."""
    return [*_told(went, "redacted", KEPT_WITHOUT), *_told(went, "rewritten", KEPT_WITHOUT)]


def _told(went: Mapping[str, int], act: str, words: Mapping[str, str]) -> list[tuple[str, int]]:
    names = [what.partition("/")[0] for what in went if what.endswith(f"/{act}")]
    order = list(words)
    names.sort(key=lambda name: (order.index(name) if name in words else len(order), name))
    return [(words.get(name, name), went[f"{name}/{act}"]) for name in names]
