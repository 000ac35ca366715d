"""What is held about somebody, part by part: what it is, what for, how long, and how it is read."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from sertantai.core.lasting.policies import SETTING_OF, of_setting
from sertantai.persons import held_sql as sql
from sertantai.postgres import Role
from sertantai.process.settings import Settings

FOR_SIGNING_IN: Final = "Signing in, and keeping others out of the account"
FOR_LISTS: Final = "Keeping lists of laws"
SAVED: Final = "Saved on purpose"
EVIDENCE: Final = "Evidence of who decided what, and when"
AN_ORGANIZATIONS: Final = "Sharing lists in organisations"
UNTIL_DELETED: Final = "Until deleted"
UNTIL_ERASED: Final = "Until the account is erased"
RECIPIENTS: Final = (
    "Who receives it: you yourself, the administrators of this site, and, of what is in an organisation's "
    "lists, that organisation."
)
NO_SECRETS: Final = (
    "Of passwords, tokens and second factors only what cannot be read back is held; none of it is in here."
)


class Part(NamedTuple):
    """``kept``: for how long, with the names of `periods`. ``role``: as whom it is read, so that no more is
    read than may be."""

    name: str
    title: str
    about: str
    purpose: str
    kept: str
    role: Role
    statement: str


class Held(msgspec.Struct, frozen=True):
    """A part as it is told: ``rows`` None where there is too much to count."""

    name: str
    title: str
    about: str
    purpose: str
    kept: str
    rows: int | None


PARTS: Final = (
    Part(
        "account",
        "Account",
        "Address, role, since when, two-step verification",
        FOR_SIGNING_IN,
        UNTIL_ERASED,
        Role.ACCOUNTS,
        sql.ACCOUNT,
    ),
    Part(
        "sessions",
        "Sessions",
        "Where and when the account is and was signed in",
        FOR_SIGNING_IN,
        "{sessions} after their end",
        Role.ACCOUNTS,
        sql.SESSIONS,
    ),
    Part(
        "tokens",
        "Tokens for scripts",
        "Personal tokens by name; never the token",
        "Letting scripts act for the account",
        "{tokens} after their end",
        Role.ACCOUNTS,
        sql.TOKENS,
    ),
    Part(
        "links",
        "Links in e-mails",
        "Links to set a password or confirm an address",
        FOR_SIGNING_IN,
        "{links} after their end",
        Role.ACCOUNTS,
        sql.LINKS_SENT,
    ),
    Part(
        "providers",
        "Other ways to sign in",
        "With what else the account signs in",
        FOR_SIGNING_IN,
        UNTIL_ERASED,
        Role.ACCOUNTS,
        sql.PROVIDERS,
    ),
    Part(
        "mails",
        "E-mails",
        "E-mails that were sent, without their text",
        "Telling what concerns the account",
        "{mails} after they were sent",
        Role.ACCOUNTS,
        sql.MAILS,
    ),
    Part(
        "erasures",
        "Erasures",
        "Whether an erasure was asked for",
        "Proof that it was done",
        "For ever, under an id that leads to nobody",
        Role.ACCOUNTS,
        sql.ERASURES,
    ),
    Part(
        "memberships",
        "Organisations",
        "Memberships and roles",
        AN_ORGANIZATIONS,
        "As long as the membership",
        Role.AUDITOR,
        sql.MEMBERSHIPS,
    ),
    Part(
        "former-memberships",
        "Former organisations",
        "Memberships that have ended",
        EVIDENCE,
        "As long as the organisation's history",
        Role.AUDITOR,
        sql.FORMER_MEMBERSHIPS,
    ),
    Part("lists", "Lists", "Own lists", FOR_LISTS, UNTIL_DELETED, Role.AUDITOR, sql.LISTS),
    Part(
        "laws",
        "Laws in lists",
        "The laws in them, with notes and when each was ticked",
        FOR_LISTS,
        "Until unticked, or the list is deleted",
        Role.AUDITOR,
        sql.LAWS,
    ),
    Part(
        "trail",
        "History",
        "What was done by this person, anywhere, and by others in own lists",
        EVIDENCE,
        "{deeds}; from where it was done: {origins}",
        Role.AUDITOR,
        sql.TRAIL,
    ),
    Part(
        "events",
        "Security events",
        "Sign-ins, failed ones, and what else concerns security",
        "Noticing when somebody else uses the account",
        "{events}",
        Role.AUDITOR,
        sql.EVENTS,
    ),
    Part(
        "notices",
        "Notices of the sealed log",
        "What the sealed log tells of this person, and who looked at it",
        "Proof that the history is whole",
        "For ever; after an erasure without what is personal",
        Role.AUDITOR,
        sql.NOTICES,
    ),
    Part("views", "Saved searches", "Searches under a name", SAVED, UNTIL_DELETED, Role.APP, sql.VIEWS),
    Part(
        "reports",
        "Saved reports",
        "Reports under a name, and when they are sent",
        SAVED,
        UNTIL_DELETED,
        Role.APP,
        sql.REPORTS,
    ),
    Part(
        "abbreviations",
        "Abbreviations",
        "Own words for laws",
        SAVED,
        UNTIL_DELETED,
        Role.APP,
        sql.ABBREVIATIONS,
    ),
    Part(
        "imports",
        "Imports",
        "What imports found, in numbers",
        "Showing what an import found",
        "Until the list is deleted",
        Role.APP,
        sql.IMPORTS,
    ),
)


def periods(settings: Settings) -> Mapping[str, str]:
    """How long what is kept is kept, in words; for the beginning of a sentence."""
    kept = {str(about): of_setting(about, getattr(settings, name)) for about, name in SETTING_OF.items()}
    words = {
        "sessions": _days(settings.sessions_kept_days),
        "tokens": _days(settings.api_tokens_kept_days),
        "links": _days(settings.links_kept_days),
        "mails": _days(settings.mail_kept_days),
        "deeds": str(kept["deeds"]),
        "origins": str(kept["origins"]),
        "events": str(kept["security_events"]),
    }
    return {name: text[:1].upper() + text[1:] for name, text in words.items()}


def kept_in_words(part: Part, settings: Settings) -> str:
    said = periods(settings)
    return part.kept.format_map({**said, "origins": said["origins"].lower()})


def _days(days: int) -> str:
    return f"{days:,} days" if days != 1 else "1 day"
