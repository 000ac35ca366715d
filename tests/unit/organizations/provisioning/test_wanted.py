"""What a directory wants: what cannot be kept is refused before anything is done."""

from typing import Any

import pytest

from sertantai.organizations.provisioning.errors import ScimInvalid
from sertantai.organizations.provisioning.wanted import (
    ATTRIBUTES_BYTES_MAX,
    EMAILS_MAX,
    TEXT_CHARACTERS_MAX,
    wanted_team,
    wanted_user,
)

SAM = "sam@example.org"


def email(n: int, **said: Any) -> dict[str, Any]:
    return {"value": f"{n}@example.org", **said}


@pytest.mark.parametrize(
    "bad", ["a\0b", "a\x07b", "a\ud800b", 5, ["a"], {"a": "b"}, "x" * (TEXT_CHARACTERS_MAX + 1)]
)
@pytest.mark.parametrize(
    "where",
    [
        lambda bad: {"userName": bad},
        lambda bad: {"externalId": bad},
        lambda bad: {"displayName": bad},
        lambda bad: {"name": {"givenName": bad}},
        lambda bad: {"name": {"FAMILYNAME": bad}},
        lambda bad: {"emails": [email(1, type=bad)]},
        lambda bad: {"emails": [email(1, display=bad)]},
        lambda bad: {"emails": [{"value": bad}]},
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_wherever_it_stands(where: Any, bad: Any) -> None:
    with pytest.raises(ScimInvalid):
        wanted_user({"userName": SAM, **where(bad)})


@pytest.mark.parametrize("name", ["displayName", "externalId"])
def test_the_texts_of_a_group_can_be_kept_too(name: str) -> None:
    with pytest.raises(ScimInvalid):
        wanted_team({"displayName": "Sites", name: "a\0b"})


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Sam"},
        {"emails": "a"},
        {"emails": ["a"]},
        {"roles": "admin"},
        {"emails": [email(1, primary=5)]},
    ],
)
def test_what_has_another_shape_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ScimInvalid):
        wanted_user({"userName": SAM, **said})


def test_what_is_not_known_is_passed_over_however_deep_it_is() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": deep}
    said = {"userName": SAM, "nickName": deep, "name": {"givenName": "Sam", "more": deep}}
    wanted = wanted_user({**said, "emails": [email(1, more=deep)]})
    assert wanted.attributes == {"name": {"givenName": "Sam"}, "emails": [email(1)]}


def test_names_with_joiners_between_letters_are_names() -> None:
    persian = "\u0646\u0631\u06af\u200c\u0633"
    assert wanted_user({"userName": SAM, "displayName": persian}).name == persian


def test_there_are_only_so_many_addresses_and_only_so_much_is_kept() -> None:
    many = [email(n) for n in range(EMAILS_MAX)]
    assert len(wanted_user({"userName": SAM, "emails": many}).attributes["emails"]) == EMAILS_MAX
    with pytest.raises(ScimInvalid):
        wanted_user({"userName": SAM, "emails": [*many, email(99)]})
    large = [email(n, display="x" * TEXT_CHARACTERS_MAX) for n in range(EMAILS_MAX)]
    assert len(str(large)) > ATTRIBUTES_BYTES_MAX
    with pytest.raises(ScimInvalid):
        wanted_user({"userName": SAM, "emails": large})


def test_the_primary_address_is_theirs() -> None:
    said = {"emails": [email(1), email(2, primary="True")]}
    assert wanted_user({"userName": "sam", **said}).email == "2@example.org"
    assert wanted_user({"userName": SAM}).email == SAM
