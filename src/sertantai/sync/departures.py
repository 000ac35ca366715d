"""What somebody was who went, as the row of a former member keeps it, and as it is read again. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sertantai.core.access_state import Departure, Grant, Hand, HandedLaws, Member
from sertantai.core.ids import GroupId, Position, TeamId, UserId
from sertantai.core.rights import LEVELS, Right, Role
from sertantai.postgres import Record

_Said = dict[str, Any]


def kept_of(departure: Departure) -> _Said:
    """As JSON has it: all but what the row says itself."""
    was = departure.member
    return {
        "allow": sorted(was.allow),
        "deny": sorted(was.deny),
        "suspended": was.suspended,
        "teams": sorted(map(str, was.teams)),
        "position": was.position,
        "grants": {str(group): _said(grant) for group, grant in departure.grants.items()},
        "hands": {
            str(group): {"to": str(hand.grantee), "before": hand.before and _said(hand.before)}
            for group, hand in departure.hands.items()
        },
        "laws": msgspec.to_builtins({str(group): handed for group, handed in departure.laws.items()}),
    }


def departure_in(row: Record) -> Departure:
    kept: _Said = row["kept"]
    member = Member(
        Role(row["role"]),
        row["name"],
        row["joined_at"],
        Position(kept["position"]),
        rights_in_words(kept, "allow"),
        rights_in_words(kept, "deny"),
        frozenset(TeamId(UUID(team)) for team in kept["teams"]),
        kept["suspended"],
    )
    return Departure(
        member,
        row["left_at"],
        row["removed_by"],
        Position(row["position"]),
        {GroupId(UUID(group)): _grant(said) for group, said in kept["grants"].items()},
        {
            GroupId(UUID(group)): Hand(UserId(UUID(said["to"])), said["before"] and _grant(said["before"]))
            for group, said in kept["hands"].items()
        },
        msgspec.convert(kept.get("laws", {}), dict[GroupId, HandedLaws]),
    )


def rights_in_words(permissions: Mapping[str, Sequence[str]], which: str) -> frozenset[Right]:
    """A name that there is no more gives nothing."""
    said = permissions.get(which, ())
    return frozenset(right for right in Right if right in said)


def _said(grant: Grant) -> _Said:
    ends_at = None if grant.ends_at is None else grant.ends_at.isoformat()
    return {
        "level": grant.level.word,
        "by": str(grant.by),
        "at": grant.at.isoformat(),
        "position": grant.position,
        "ends_at": ends_at,
    }


def _grant(said: _Said) -> Grant:
    ends_at = None if said["ends_at"] is None else datetime.fromisoformat(said["ends_at"])
    at = datetime.fromisoformat(said["at"])
    return Grant(LEVELS[said["level"]], UserId(UUID(said["by"])), at, Position(said["position"]), ends_at)
