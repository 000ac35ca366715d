"""Ways into an organization in its log: told by who may, and each time that they are changed."""

from typing import Any

from sertantai.core.changes import Outcome
from sertantai.core.ids import UserId
from sertantai.core.operations import ChangeMember, Describe
from sertantai.core.rights import Right
from sertantai.core.sharing.ways_in import (
    ABBREVIATION_PREFIX,
    INVITATION_PREFIX,
    PROVIDER,
    domain_key,
    is_way_in,
    without_addresses,
)
from sertantai.core.weight import text_in, written_bytes
from sertantai.web.parts.ways_in_wording import way_in_words
from tests.unit.core.organization import ADMIN, HOUSE, MEMBER, OWNER, Organization

DOMAIN = domain_key("works.example")
PROVEN = {"mode": "admit", "proven": True}


def said(name: str, by: object) -> dict[str, Any]:
    return {"settings": {name: {"by": str(by), **PROVEN}}, "before": {name: None}}


def test_a_way_in_is_said_by_who_may_and_in_their_own_name() -> None:
    office = Organization()
    for name, right in ((DOMAIN, Right.DOMAINS), (PROVIDER, Right.SSO)):
        assert is_way_in(name)
        assert office.outcome(OWNER, Describe, **said(name, OWNER)) is Outcome.APPLIED
        assert office.outcome(OWNER, Describe, **said(name, ADMIN)) is Outcome.FORBIDDEN
        for nobody in (ADMIN, MEMBER):
            assert office.outcome(nobody, Describe, **said(name, nobody)) is Outcome.FORBIDDEN
        office.do(OWNER, ChangeMember, member=ADMIN, allow=(right,))
        assert office.outcome(ADMIN, Describe, **said(name, ADMIN)) is Outcome.APPLIED
        other = PROVIDER if name == DOMAIN else DOMAIN
        assert office.outcome(ADMIN, Describe, **said(other, ADMIN)) is Outcome.FORBIDDEN
    assert office.outcome(UserId(HOUSE), Describe, **said(DOMAIN, HOUSE)) is Outcome.APPLIED


def test_what_the_log_did_not_know_is_told_when_it_ends() -> None:
    office = Organization()
    ends: dict[str, Any] = {"settings": {DOMAIN: None}}
    assert office.outcome(OWNER, Describe, **ends) is Outcome.UNCHANGED
    change = office.do(OWNER, Describe, before={DOMAIN: PROVEN}, **ends)
    assert change.outcome is Outcome.APPLIED
    plain = office.operation(OWNER, Describe, **ends)
    for weigh in (text_in, lambda operation: written_bytes(operation, office.state)):
        assert weigh(change.operation) > weigh(plain), "what was before is written, too"


def test_what_becomes_of_a_domain_by_itself_has_words() -> None:
    waits = {"mode": "suggest", "proven": False}
    assert way_in_words(DOMAIN, PROVEN, waits) == "lost the domain works.example: its DNS no longer says so"


def test_what_stands_elsewhere_is_told_and_not_kept() -> None:
    office = Organization()
    name = f"{ABBREVIATION_PREFIX}1"

    def told(by: object) -> dict[str, Any]:
        pack = {"abbreviation": "site pack", "laws": ["a"]}
        return {"told": {name: {"by": str(by), **pack}}, "before": {name: None}}

    assert office.outcome(MEMBER, Describe, **told(MEMBER)) is Outcome.FORBIDDEN
    assert office.outcome(ADMIN, Describe, **told(OWNER)) is Outcome.FORBIDDEN
    had = office.access
    assert office.do(ADMIN, Describe, **told(ADMIN)).outcome is Outcome.APPLIED
    assert office.access == had


def test_an_invitation_is_told_by_who_may_invite() -> None:
    office = Organization()
    name = f"{INVITATION_PREFIX}1"

    def told(by: object, **more: Any) -> dict[str, Any]:
        return {"told": {name: {"by": str(by), "email": "cy@works.example", "role": "viewer"}, **more}}

    before: dict[str, Any] = {"before": {name: None}}
    assert office.outcome(MEMBER, Describe, **told(MEMBER), **before) is Outcome.FORBIDDEN
    assert office.outcome(ADMIN, Describe, **told(OWNER), **before) is Outcome.FORBIDDEN
    office.do(ADMIN, ChangeMember, member=MEMBER, allow=(Right.INVITE,))
    assert office.do(MEMBER, Describe, **told(MEMBER), **before).outcome is Outcome.APPLIED
    pack = {f"{ABBREVIATION_PREFIX}1": {"by": str(MEMBER)}}
    assert office.outcome(MEMBER, Describe, **told(MEMBER, **pack), **before) is Outcome.FORBIDDEN


def test_whom_an_invitation_goes_to_is_left_out_for_who_may_not_know() -> None:
    name, pack = f"{INVITATION_PREFIX}1", {"abbreviation": "site pack", "email": "no address"}
    said: dict[str, Any] = {"source": "hand", "told": {name: {"email": "cy@works.example", "role": "viewer"}}}
    said |= {"before": {name: None, f"{ABBREVIATION_PREFIX}1": pack}}
    known = without_addresses(said)
    assert known["told"] == {name: {"role": "viewer"}}
    assert (known["source"], known["before"]) == (said["source"], said["before"])
    assert without_addresses({"name": "Acme"}) == {"name": "Acme"}
