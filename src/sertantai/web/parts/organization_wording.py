"""What was done to an organization, its members, teams and grants, in a sentence: what follows who did it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sertantai.core.access_state import AccessState
from sertantai.core.audit_words import (
    ADMIT,
    CHANGE_MEMBER,
    DECIDE,
    DESCRIBE,
    END_ORGANIZATION,
    EXPEL,
    EXPORT_LIST,
    GRANT,
    JOIN_TEAM,
    LOOK_IN,
    OFFER_OWNERSHIP,
    SET_TEAM,
    SUGGEST,
    TAKE_BACK,
    TAKE_OWNERSHIP,
    WITHDRAW,
)
from sertantai.core.ids import TeamId, UserId
from sertantai.core.rights import LEVELS, Right, Role
from sertantai.core.sharing.removal_reasons import ASK, NEVER, REMOVAL_REASONS, REQUIRE
from sertantai.core.sharing.ways_in import ABBREVIATION_PREFIX, INVITATION_PREFIX, is_way_in
from sertantai.core.sharing.who_is_here import HIDDEN, PRESENCE
from sertantai.lists.between.taken_out import COMBINATION, COPY, REPORT
from sertantai.lists.together.sharing import FORMER
from sertantai.web.parts.rights_wording import LEVELS as LEVEL_WORDS
from sertantai.web.parts.rights_wording import RIGHTS, ROLES
from sertantai.web.parts.ways_in_wording import abbreviation_words, invitation_words, way_in_words

ICONS: Final = {
    ADMIT: "login",
    CHANGE_MEMBER: "user",
    EXPEL: "logout",
    TAKE_BACK: "arrow-back-up",
    OFFER_OWNERSHIP: "key",
    TAKE_OWNERSHIP: "key",
    SET_TEAM: "users",
    JOIN_TEAM: "users",
    GRANT: "eye",
    DESCRIBE: "settings",
    END_ORGANIZATION: "hourglass",
    LOOK_IN: "eye",
    EXPORT_LIST: "download",
    SUGGEST: "note",
    DECIDE: "check",
    WITHDRAW: "x",
}
Said = Mapping[str, Any]
"""What the trail says of an operation beside who and when; see `sync.audit_metadata`."""
FORMS: Final = {"bib": "BibTeX", "parquet": "Parquet"}
"""Of files whose names do not end with what they are called."""
REASONS_WANTED: Final = {
    NEVER: "removing laws needs no reason",
    ASK: "anyone who removes laws is asked for a reason",
    REQUIRE: "removing laws requires a reason",
}
_ENDED_TEAM: Final = "a team that has ended"


class Words:
    """``names``: of everybody who is spoken of, also of those who have left."""

    def __init__(self, access: AccessState, names: Mapping[UserId, str]) -> None:
        self._access = access
        self._names = names

    def of(self, action: str, said: Said, actor: UserId | None) -> str:
        """Such as "changed the role of a colleague"; empty for what is no such action."""
        sentence = _SENTENCES.get(action)
        return "" if sentence is None else sentence(self, said, actor)

    def spoken_of(self, said: Said) -> Iterator[UserId]:
        """Whom a sentence names."""
        for field in ("member", "grantee", "given_by"):
            id = _id(said, field)
            if id is not None:
                yield id

    def invited(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
        """Such as "invited ann@example.org as Member, into the team “Leeds”"."""
        one = after or before or {}
        teams = [self._access.teams.get(TeamId(UUID(str(id)))) for id in one.get("teams") or ()]
        return invitation_words(before, after, _role(one), [name or _ENDED_TEAM for name in teams])

    def left(self, said: Said, actor: UserId | None) -> str:
        hands = len(said.get("hands") or ())
        given = [f"{'1 list' if hands == 1 else f'{hands:,} lists'}"] if hands else []
        if said.get("laws"):
            given.append("laws they answered for")
        on = f" and handed on {' and '.join(given)}" if given else ""
        return f"{'left' if _id(said, 'member') == actor else f'removed {self._whom(said)}'}{on}"

    def taken_back(self, said: Said, actor: UserId | None) -> str:
        by = _id(said, "given_by")
        if _id(said, "member") != actor:
            return f"took {self._whom(said)} back, as they were"
        invited = f", invited by {self._names[by]}" if by is not None and by in self._names else ""
        return f"came back, as they were{invited}"

    def offered(self, said: Said, _actor: UserId | None) -> str:
        if not said.get("member"):
            return "withdrew the offer of ownership"
        return f"offered ownership to {self._whom(said)}"

    def named_team(self, said: Said, _actor: UserId | None) -> str:
        name = said.get("name")
        return f"created or renamed the team “{name}”" if name else f"ended {self._team(said)}"

    def joined_team(self, said: Said, _actor: UserId | None) -> str:
        done = ("added", "to") if said.get("joined", True) else ("removed", "from")
        return f"{done[0]} {self._whom(said)} {done[1]} {self._team(said)}"

    def admitted(self, said: Said, actor: UserId | None) -> str:
        role = _role(said)
        if said.get("way") == "founder":
            return "created the organisation"
        by = _id(said, "given_by")
        whom = "joined" if _id(said, "member") == actor else f"let {self._whom(said)} in"
        invited = (
            f", invited by {self._names[by]}" if by is not None and by in self._names and by != actor else ""
        )
        return f"{whom} as {role}{invited}"

    def changed(self, said: Said, actor: UserId | None) -> str:
        if "viewed" in said:
            done = "began to view" if said["viewed"] else "stopped viewing"
            return f"{done} the lists as {self._whom(said)}"
        changes = list(_of_member(said))
        whom = "themselves" if _id(said, "member") == actor else self._whom(said)
        return f"changed {whom}: {', '.join(changes) or 'nothing'}"

    def granted(self, said: Said, _actor: UserId | None) -> str:
        grantee, level = _id(said, "grantee"), said.get("level")
        team = None if grantee is None else self._access.teams.get(TeamId(grantee))
        whom = f"the team “{team}”" if team is not None else self._names.get(grantee or _NOBODY, FORMER)
        if level not in LEVELS:
            return f"stopped sharing the list with {whom}"
        until = _day(said.get("ends_at"))
        return (
            f"shared the list with {whom}: {LEVEL_WORDS[LEVELS[level]]}{f', until {until}' if until else ''}"
        )

    def _whom(self, said: Said) -> str:
        return self._names.get(_id(said, "member") or _NOBODY, FORMER)

    def _team(self, said: Said) -> str:
        id = _id(said, "team")
        name = None if id is None else self._access.teams.get(TeamId(id))
        return _ENDED_TEAM if name is None else f"the team “{name}”"


def _described_as(words: Words, said: Said, _actor: UserId | None) -> str:
    before = dict(said.get("before") or {})
    for name, value in dict(said.get("settings") or {}).items():
        if is_way_in(str(name)):
            return way_in_words(str(name), before.get(name), value)
    for name, value in dict(said.get("told") or {}).items():
        if str(name).startswith(ABBREVIATION_PREFIX):
            return abbreviation_words(before.get(name), value)
        if str(name).startswith(INVITATION_PREFIX):
            return words.invited(before.get(name), value)
    return f"changed the organisation: {', '.join(_described(said)) or 'nothing'}"


def _ends(_words: Words, said: Said, _actor: UserId | None) -> str:
    at = _day(said.get("ends_at"))
    return f"decided that the organisation ends on {at}" if at else "called off the end of the organisation"


def _looked_in(_words: Words, said: Said, _actor: UserId | None) -> str:
    step = said.get("step")
    if step == "opened":
        until = _moment(said.get("until"))
        return (
            f"opened the organisation to read it{f', until {until}' if until else ''}: “{said.get('reason')}”"
        )
    if step == "list":
        return "read the laws"
    if said.get("latest"):  # the server was killed: when is known only so far
        latest = f"{_day(said['latest'])}, {_moment(said['latest'])}"
        return f"stopped reading the organisation, at the latest on {latest}, when the server had stopped"
    return "stopped reading the organisation"


_TAKEN_ALONG: Final = {
    COPY: "copied {laws} into a list outside the organisation",
    COMBINATION: "combined it into a list outside the organisation, in which {laws} changed",
    REPORT: "exported the report of an import, of {laws}",
}
"""What else than a file laws are taken out as."""


def _exported(_words: Words, said: Said, _actor: UserId | None) -> str:
    laws, form = _laws(int(said.get("laws") or 0)), str(said.get("form"))
    version = f"version {int(said.get('version') or 0)}"
    if (taken := _TAKEN_ALONG.get(form)) is not None:
        return f"{taken.format(laws=laws)}, {version}"
    return f"exported {laws} as {FORMS.get(form, form.upper())}, {version}"


def looker(said: Said) -> str:
    """Who looked in, where a line of the trail tells of that: no member, so only the line knows them."""
    name = said.get("name") if "looker" in said else None
    return f"{name}, an administrator of this site" if name else ""


def _decided(_words: Words, said: Said, _actor: UserId | None) -> str:
    laws = _laws(int(said.get("laws") or 0))
    return f"{'accepted' if said.get('accepted') else 'declined'} a suggestion of {laws}"


def _laws(count: int) -> str:
    return "1 law" if count == 1 else f"{count:,} laws"


_SENTENCES: Final[dict[str, Callable[[Words, Said, UserId | None], str]]] = {
    ADMIT: Words.admitted,
    CHANGE_MEMBER: Words.changed,
    EXPEL: Words.left,
    TAKE_BACK: Words.taken_back,
    OFFER_OWNERSHIP: Words.offered,
    TAKE_OWNERSHIP: lambda _words, _said, _actor: "became an owner",
    SET_TEAM: Words.named_team,
    JOIN_TEAM: Words.joined_team,
    GRANT: Words.granted,
    DESCRIBE: _described_as,
    END_ORGANIZATION: _ends,
    LOOK_IN: _looked_in,
    EXPORT_LIST: _exported,
    SUGGEST: lambda _words, said, _actor: f"suggested to {_suggested(said)}",
    DECIDE: _decided,
    WITHDRAW: lambda _words, _said, _actor: "withdrew a suggestion",
}
_NOBODY: Final = UserId(UUID(int=0))


def _id(said: Said, field: str) -> UserId | None:
    with suppress(ValueError):
        return UserId(UUID(str(said.get(field))))
    return None


def _role(said: Said) -> str:
    role = said.get("role")
    return ROLES[Role(role)] if role in set(Role) else str(role)


def _of_member(said: Said) -> Iterator[str]:
    if said.get("role"):
        yield _role(said)
    for field, word in (("allow", "allowed"), ("deny", "denied")):
        if field in said:
            rights = [RIGHTS[Right(right)] for right in said[field] if right in set(Right)]
            yield f"{word}: {', '.join(rights) or 'nothing beside the role'}"
    if "suspended" in said:
        yield "suspended" if said["suspended"] else "no longer suspended"
    if said.get("name"):
        yield f"now called “{said['name']}”"


def _described(said: Said) -> Iterator[str]:
    if said.get("name"):
        yield f"now called “{said['name']}”"
    if said.get("slug"):
        yield f"the address is {said['slug']}"
    for name, value in dict(said.get("settings") or {}).items():
        if name == REMOVAL_REASONS:
            yield REASONS_WANTED[str(value or NEVER)]
        elif name == PRESENCE:
            yield f"members {'do not see' if value == HIDDEN else 'see'} who else is here"
        else:
            yield f"{str(name).replace('_', ' ')} {'on' if value else 'off'}"
    if "audit_retention_months" in said:
        yield f"its history is to be kept {months_kept(int(said['audit_retention_months']))}"


def months_kept(months: int) -> str:
    """After "is kept": for how long."""
    return f"for {months:,} months" if months else "as long as the site's"


def _suggested(said: Said) -> str:
    ticks, unticks = said.get("ticks", 0), said.get("unticks", 0)
    parts = [f"{word} {count:,}" for word, count in (("tick", ticks), ("untick", unticks)) if count]
    reason = said.get("reason")
    return " and ".join(parts) + (f": “{reason}”" if reason else "")


def _moment(text: Any) -> str:
    return f"{datetime.fromisoformat(str(text)):%H:%M} UTC" if text else ""


def _day(text: Any) -> str:
    if not text:
        return ""
    at = datetime.fromisoformat(str(text))
    return f"{at.day} {at:%B %Y}"
