"""What was done to ways into an organization, invitations and abbreviations: what follows who did it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sertantai.core.sharing.ways_in import DOMAIN_PREFIX, PROVIDER

Value = Mapping[str, Any] | None
_MODES: Final = {
    "suggest": "anyone with an address there is told of the organisation",
    "admit": "anyone with an address there joins by themselves",
}
_SECRETS: Final = {
    "new": "with a new secret",
    "kept": "with the secret of before",
    "none": "without a secret",
}


def way_in_words(name: str, before: Value, after: Any) -> str:
    """Such as "added the domain example.org, to be proven"."""
    if name == PROVIDER:
        return _of_provider(before, after)
    if name.startswith(DOMAIN_PREFIX):
        return _of_domain(name[len(DOMAIN_PREFIX) :], before, after)
    return f"{'created' if after else 'revoked'} a token for the organisation’s directory"


def _of_provider(before: Value, after: Value) -> str:
    if after is None:
        was = f", which was {before['issuer']}" if before else ""
        return f"removed the organisation’s provider to sign in with{was}"
    secret = _SECRETS.get(str(after.get("secret")), "")
    now = f"{after['issuer']}, client {after['client_id']}, {secret}"
    if before is None:
        return f"set the organisation’s provider to sign in with: {now}"
    was = f"{before['issuer']}, client {before['client_id']}"
    return f"changed the organisation’s provider to sign in with: {now}; before: {was}"


def _of_domain(domain: str, before: Value, after: Value) -> str:
    if after is None:
        return f"gave up the domain {domain}"
    if before is None:
        return f"added the domain {domain}, to be proven"
    if after["proven"] != before["proven"]:
        if after["proven"]:
            return f"proved the domain {domain}: {_MODES[after['mode']]}"
        return f"lost the domain {domain}: its DNS no longer says so"
    return f"changed the domain {domain}: {_MODES[after['mode']]}; before: {_MODES[before['mode']]}"


def abbreviation_words(before: Value, after: Value) -> str:
    """Such as "added the abbreviation “site pack” for 3 laws"."""
    if after is None:
        return f"removed the abbreviation {_abbreviation(before)}"
    if before is None:
        return f"added the abbreviation {_abbreviation(after)}"
    return f"changed the abbreviation {_abbreviation(after)}; before: {_abbreviation(before)}"


def _abbreviation(value: Value) -> str:
    if value is None:
        return "of before"
    count = len(value["laws"])
    return f"“{value['abbreviation']}” for {'1 law' if count == 1 else f'{count:,} laws'}"


def invitation_words(before: Value, after: Value, role: str, teams: Sequence[str]) -> str:
    """Such as "invited ann@example.org as Member"; of whom the address may not be seen, "somebody"."""
    one = after or before or {}
    is_link = "uses" in one
    to = _link(one) if is_link else one.get("email") or "somebody"
    as_what = _as_what(one, role, teams)
    if after is None:
        return f"revoked {to if is_link else f'the invitation of {to}'}{as_what}"
    if before is None:
        return f"{'created' if is_link else 'invited'} {to}{as_what}"
    if after.get("sent") is False:
        return f"changed the invitation of {to}:{as_what.removeprefix(',')}"
    return f"renewed {to}{as_what}" if is_link else f"invited {to} again{as_what}"


def _link(one: Mapping[str, Any]) -> str:
    people = "1 person" if one["uses"] == 1 else f"{one['uses']:,} people"
    domains = ", ".join(one.get("domains") or ())
    return f"a link with which {people}{f' of {domains}' if domains else ''} can join"


def _as_what(one: Mapping[str, Any], role: str, teams: Sequence[str]) -> str:
    if one.get("as_before"):
        return ", as they were"
    named = ", ".join(f"“{team}”" for team in teams)
    into = f", into the {'team' if len(teams) == 1 else 'teams'} {named}" if named else ""
    return f" as {role}{into}"
