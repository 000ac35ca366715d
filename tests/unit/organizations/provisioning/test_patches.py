"""What a PATCH makes of a resource, in the forms that directories send."""

from typing import Any

import pytest

from sertantai.organizations.provisioning.errors import InvalidPath, InvalidSyntax, NoTarget, ScimInvalid
from sertantai.organizations.provisioning.patches import COMPARISONS_OF_PATCH_MAX, OPERATIONS_MAX, patched

KNOWN = {name.lower(): name for name in ("userName", "active", "name", "emails", "members")}
SAM: dict[str, Any] = {
    "userName": "sam@example.org",
    "active": True,
    "name": {"givenName": "Sam"},
    "emails": [{"value": "sam@example.org", "type": "work"}],
    "members": [{"value": "1"}, {"value": "2"}, {"value": "3"}],
}


def after(*operations: dict[str, Any]) -> dict[str, Any]:
    return patched(SAM, list(operations), KNOWN)


@pytest.mark.parametrize(
    ("operation", "name", "value"),
    [
        ({"op": "Replace", "path": "active", "value": "False"}, "active", "False"),
        ({"op": "replace", "value": {"active": False}}, "active", False),
        (
            {"op": "add", "value": {"name.familyName": "Kay"}},
            "name",
            {"givenName": "Sam", "familyName": "Kay"},
        ),
        (
            {"op": "ADD", "path": "NAME.familyname", "value": "Kay"},
            "name",
            {"givenName": "Sam", "familyname": "Kay"},
        ),
        (
            {"op": "replace", "path": "name", "value": {"familyName": "K"}},
            "name",
            {"givenName": "Sam", "familyName": "K"},
        ),
        ({"op": "remove", "path": "name.givenName"}, "name", {}),
        ({"op": "remove", "path": "userName"}, "userName", None),
        (
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "n@x.org"},
            "emails",
            [{"value": "n@x.org", "type": "work"}],
        ),
        (
            {"op": "add", "path": 'emails[type eq "home"].value', "value": "h@x.org"},
            "emails",
            [*SAM["emails"], {"type": "home", "value": "h@x.org"}],
        ),
        (
            {"op": "add", "path": "members", "value": [{"value": "2"}, {"value": "4"}]},
            "members",
            [*SAM["members"], {"value": "4"}],
        ),
        ({"op": "replace", "path": "members", "value": [{"value": "9"}]}, "members", [{"value": "9"}]),
        ({"op": "remove", "path": 'members[value eq "2"]'}, "members", [{"value": "1"}, {"value": "3"}]),
        (
            {"op": "remove", "path": "members", "value": [{"value": "1"}]},
            "members",
            [{"value": "2"}, {"value": "3"}],
        ),
        ({"op": "remove", "path": "members"}, "members", []),
        ({"op": "add", "path": "nobodyKnows", "value": 1}, "active", True),
        (
            {
                "op": "add",
                "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
                "value": 1,
            },
            "active",
            True,
        ),
    ],
)
def test_each_form(operation: dict[str, Any], name: str, value: Any) -> None:
    assert after(operation)[name] == value


def test_what_was_there_stays_as_it_was() -> None:
    before = repr(SAM)
    after(
        {"op": "remove", "path": 'emails[type eq "work"].value'},
        {"op": "add", "path": "members", "value": []},
    )
    assert repr(SAM) == before


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        (None, InvalidSyntax),
        ([], InvalidSyntax),
        (["x"], InvalidSyntax),
        ([{"op": "move", "path": "active"}], InvalidSyntax),
        ([{"op": "remove"}], NoTarget),
        ([{"op": "add", "value": 1}], InvalidSyntax),
        ([{"op": "add", "path": "a b c", "value": 1}], InvalidPath),
        ([{"op": "add", "path": 7, "value": 1}], InvalidPath),
        ([{"op": "add", "path": "emails.value", "value": 1}], InvalidPath),
        ([{"op": "add", "path": "active[a pr]", "value": 1}], InvalidPath),
        ([{"op": "remove", "path": "members[value]"}], ScimInvalid),
        ([{"op": "remove", "path": "userName"}] * (OPERATIONS_MAX + 1), InvalidSyntax),
    ],
)
def test_what_is_refused(operations: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        patched(SAM, operations, KNOWN)


def test_a_patch_makes_only_so_many_comparisons_in_all_of_its_filters() -> None:
    def asking(comparisons: int) -> list[dict[str, Any]]:
        five = " or ".join(['value eq "9"'] * 5)
        paths = [f"members[{five}]"] * (comparisons // 5) + ['members[value eq "9"]'] * (comparisons % 5)
        return [{"op": "remove", "path": path} for path in paths]

    assert after(*asking(COMPARISONS_OF_PATCH_MAX))["members"] == SAM["members"]
    with pytest.raises(InvalidSyntax):
        after(*asking(COMPARISONS_OF_PATCH_MAX + 1))
    hidden = {'members[value eq "9"].display': "x"}
    with pytest.raises(InvalidSyntax):
        after(*asking(COMPARISONS_OF_PATCH_MAX), {"op": "replace", "value": hidden})


def test_of_equal_ones_only_those_that_were_asked_for_are_taken_out() -> None:
    """By which they are, and not by what they are like: thousands are compared with thousands otherwise."""
    many = [{"value": str(n)} for n in range(5_000)]
    gone = patched({"members": many}, [{"op": "remove", "path": "members[value pr]"}], KNOWN)
    assert gone["members"] == []
