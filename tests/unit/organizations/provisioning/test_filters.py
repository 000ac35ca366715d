"""Filters of SCIM: what directories send, what else RFC 7644 has, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.organizations.provisioning.errors import InvalidFilter
from sertantai.organizations.provisioning.filters import (
    COMPARISONS_MAX,
    DEPTH_MAX,
    FILTER_CHARACTERS_MAX,
    filter_of,
    question_of,
)

SAM: dict[str, Any] = {
    "id": "AbC",
    "userName": "Sam@Example.org",
    "externalId": "E-1",
    "active": True,
    "name": {"givenName": "Sam", "familyName": "Poole"},
    "emails": [
        {"value": "sam@example.org", "type": "work", "primary": True},
        {"value": "home@example.net", "type": "home"},
    ],
    "meta": {"lastModified": "2026-05-01T10:00:00Z"},
}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('userName eq "sam@example.org"', True),
        ('USERNAME EQ "SAM@example.ORG"', True),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "sam@example.org"', True),
        ('userName ne "sam@example.org"', False),
        ('externalId eq "E-1"', True),
        ('externalId eq "e-1"', False),
        ('id eq "AbC"', True),
        ("active eq true", True),
        ("active eq False", False),
        ('name.familyName sw "poo"', True),
        ('emails eq "home@example.net"', True),
        ('emails.value ew "@example.net"', True),
        ('emails[type eq "work"]', True),
        ('emails[type eq "home" and value co "example.net"]', True),
        ('emails[type eq "work"].value eq "home@example.net"', False),
        ('emails[type eq "work"].value eq "sam@example.org"', True),
        ("name.familyName pr", True),
        ("title pr", False),
        ("title eq null", True),
        ('not (userName eq "x") and active eq true', True),
        ('userName eq "x" or active eq true and externalId eq "E-1"', True),
        ('(userName eq "x" or active eq true) and externalId eq "E-2"', False),
        ('meta.lastModified gt "2026-04-01T00:00:00Z"', True),
        ('meta.lastModified lt "2026-04-01T00:00:00Z"', False),
        ("userName gt 5", False),
        ('userName co "\\""', False),
    ],
)
def test_what_is_asked_is_answered(text: str, answer: bool) -> None:
    assert question_of(text)(SAM) is answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        'userName is "x"',
        'eq "x"',
        '(userName eq "x"',
        'userName eq "x',
        "a eq b",
        'userName eq "x")',
        'emails[type eq "x"',
        "not active eq true",
        'a eq "\\x"',
        'userName eq "a" "b"',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        question_of(text)


def test_it_is_bounded() -> None:
    question_of("(" * DEPTH_MAX + "a pr" + ")" * DEPTH_MAX)
    with pytest.raises(InvalidFilter):
        question_of("(" * (DEPTH_MAX + 1) + "a pr" + ")" * (DEPTH_MAX + 1))
    longest = 'a eq "' + "x" * (FILTER_CHARACTERS_MAX - 7) + '"'
    question_of(longest)
    with pytest.raises(InvalidFilter):
        question_of(longest + " ")


@given(st.text(st.sampled_from('ab.[]()"\\ eqnotpr1'), max_size=60))
def test_whatever_is_sent_is_a_question_or_refused(text: str) -> None:
    try:
        ask = question_of(text)
    except InvalidFilter:
        return
    assert ask(SAM) in (True, False)


def test_a_filter_makes_only_so_many_comparisons_however_they_are_written() -> None:
    for one in ("a eq 1", "a[b eq 1]", "not (a eq 1)"):
        assert filter_of(" or ".join([one] * COMPARISONS_MAX)).comparisons == COMPARISONS_MAX
        with pytest.raises(InvalidFilter):
            filter_of(" or ".join([one] * (COMPARISONS_MAX + 1)))


def test_what_stands_behind_brackets_is_nested_as_what_stands_in_them() -> None:
    half = DEPTH_MAX // 2
    for more, is_good in ((0, True), (1, False)):
        text = "(" * half + "a" + "[b pr].a" * (half + more) + " pr" + ")" * half
        if is_good:
            question_of(text)
            continue
        with pytest.raises(InvalidFilter, match="nested"):
            question_of(text)


def test_a_path_has_two_parts_at_most() -> None:
    """However deep what is kept may be: nothing is asked of it that goes deeper."""
    question_of("name.givenName pr")
    with pytest.raises(InvalidFilter):
        question_of("name.givenName.first pr")


def test_it_is_known_what_a_filter_asks_of() -> None:
    asked = filter_of('members[value eq "1"] and (displayName sw "a" or not (META.created gt "2"))')
    assert asked.names == {"members", "value", "displayname", "meta"}
