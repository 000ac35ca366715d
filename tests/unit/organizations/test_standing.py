"""Who stands where in an organization, also once they are out of it."""

import pytest

from sertantai.core.operations import Origin
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.standing import Standing
from tests.unit.core.organization import MEMBER, STRANGER, Organization


def test_to_who_is_no_member_any_more_there_is_no_organization() -> None:
    """Removed while they waited for something else: not a fault of ours, but the answer of a stranger."""
    state = Organization().state
    assert Standing(Origin(MEMBER), state).member.name == f"Person {MEMBER.int}"
    gone = Standing(Origin(STRANGER), state)
    assert not gone.rights
    with pytest.raises(OrganizationNotFound):
        _ = gone.member
