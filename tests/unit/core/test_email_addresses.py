"""Addresses are kept as typed, compared without case, and never look like another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.email_addresses import parse_email
from sertantai.core.email_keys import ascii_domain, email_key, email_spellings, readable_domain
from sertantai.core.errors import InvalidInput


@pytest.mark.parametrize(
    "address",
    [
        "name@example.org",
        "First.Last+tag@Sub.Example.co.uk",
        "o'neill@example.org",
        "müller@bücher.example",
        "иван@пример.рф",
        "иван@example.com",
        "田中@例え.jp",
        "田中tanaka@example.jp",
        "カフェcafé@example.jp",
        "ラーメンさん@example.jp",
        "佐々木sasaki@例えexample.jp",
        "王wang@example.cn",
        "ㄅㄆabc王@example.tw",
        "김kim金@example.kr",
    ],
)
def test_an_ordinary_address_of_any_alphabet_is_taken(address: str) -> None:
    assert parse_email(address) == address


def test_ascii_stays_as_typed_and_is_compared_without_case() -> None:
    assert parse_email("  Ann@Example.ORG ") == "Ann@Example.ORG"
    assert email_key("  Ann@Example.ORG ") == "ann@example.org"


def test_other_letters_are_lowered_here_since_the_database_may_not_know_them() -> None:
    assert parse_email("MÜLLER@example.org") == "MüLLER@example.org"
    assert email_key("MÜLLER@example.org") == email_key(parse_email("MÜLLER@example.org"))


def test_two_ways_to_write_one_letter_are_one_address() -> None:
    assert email_key("mi\u212ae@example.org") == "mike@example.org", "the Kelvin sign is a K"
    assert parse_email("rene\u0301@example.org") == parse_email("ren\u00e9@example.org")


@pytest.mark.parametrize(
    ("address", "trick"),
    [
        ("аnn@example.org", "Cyrillic а among Latin letters"),
        ("ann@exаmple.org", "the same in the domain"),
        ("асе@example.org", "wholly Cyrillic, and looks Latin"),
        ("аnn@ехаmple.org", "mixed both ways"),
        ("ａnn@example.org", "full width"),
        ("a\u017f@example.org", "the long s"),
        ("ﬁona@example.org", "a ligature"),
        ("김さんa@example.org", "scripts that no language mixes"),
        ("田中а@example.org", "Cyrillic а among Japanese letters"),
        ("田中α@example.org", "Greek α among Japanese letters"),
        ("ann@example。org", "an ideographic full stop"),
        ("ann\u200b@example.org", "a space of no width"),
        ("a\u202enn@example.org", "an override of direction"),
    ],
)
def test_look_alikes_are_refused(address: str, trick: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_email(address)
    assert refused.value.field == "email", trick


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@localhost",
        "ann@example..org",
        "a..b@example.org",
        ".ann@example.org",
        "ann.@example.org",
        "ann@-example.org",
        "ann@example-.org",
        "ann@@example.org",
        "ann@example.org\r\nBcc: everyone@example.org",
        "ann @example.org",
        "Ann <ann@example.org>",
        "ann@example.org,bob@example.org",
        "a\x00nn@example.org",
        "\ud800@example.org",
        "a" * 65 + "@example.org",
        "ann@" + "a." * 130 + "org",
        "x" * 10_000,
    ],
)
def test_what_is_no_address_is_refused_with_the_field(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_email(address)
    assert refused.value.field == "email"


@pytest.mark.parametrize("text", ["", "   ", "a\x00@example.org", "\ud800@example.org", "x" * 300])
def test_what_can_be_nobodys_address_has_no_key(text: str) -> None:
    assert email_key(text) is None


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused_and_what_is_taken_stays_the_same(text: str) -> None:
    try:
        address = parse_email(text)
    except InvalidInput:
        return
    assert parse_email(address) == address
    assert email_key(address) == email_key(text)


ANNA = "anna@müller.example"
SENT = "anna@xn--mller-kva.example"
"""What a browser sends for it."""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (SENT, ANNA),
        ("Anna@XN--MLLER-KVA.Example", "Anna@müller.Example"),
        ("anna@MÜLLER.example", ANNA),
        ("anna@mu\u0308ller.example", ANNA),
        ("иван@xn--e1afmkfd.xn--p1ai", "иван@пример.рф"),
        ("anna@straße.example", "anna@straße.example"),
        ("anna@r3---sn-ab.example", "anna@r3---sn-ab.example"),
    ],
)
def test_a_domain_is_stored_in_its_own_letters_however_it_comes(typed: str, stored: str) -> None:
    assert parse_email(typed) == stored
    assert email_key(typed) == email_key(stored) == email_key(ascii_domain(stored))
    assert readable_domain(ascii_domain(stored.lower())) == stored.lower()


def test_every_spelling_of_a_mailbox_is_looked_for_the_typed_one_first() -> None:
    assert email_key(ANNA) == email_key(SENT) == SENT
    assert email_spellings(ANNA) == [ANNA, SENT]
    assert email_spellings(" ANNA@XN--mller-kva.example") == [SENT, ANNA]
    assert email_spellings("ann@example.org") == ["ann@example.org"]
    assert set(email_spellings("a@bücher.müller.example")) == {
        f"a@{first}.{second}.example"
        for first in ("bücher", "xn--bcher-kva")
        for second in ("müller", "xn--mller-kva")
    }
    assert len(email_spellings("a@" + "ü." * 100 + "example")) <= 3
    assert email_spellings("\ud800@example.org") == []


@pytest.mark.parametrize(
    "address",
    [
        "anna@xn--a.example",
        "anna@xn--.example",
        "anna@xn--zzzzzzzz.example",
        "anna@xn--❤.example",
        "anna@❤.example",
        "anna@xn--qei.example",
        "anna@-müller.example",
        "anna@" + "ü" * 63 + ".example",
        "anna@" + "üüüüüüüüüüüü." * 18 + "example",
        "anna@אa.example",
    ],
)
def test_a_domain_that_cannot_be_is_refused_with_the_field(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_email(address)
    assert refused.value.field == "email"


def test_a_look_alike_is_seen_behind_its_ascii_form() -> None:
    with pytest.raises(InvalidInput, match="different alphabets that look alike"):
        parse_email("ann@xn--80ak6aa92e.example")


_LETTERS = st.text(alphabet="abzüßéøя例えא-xn0.。ﬁİ❤\u200d＠", max_size=24)


@given(_LETTERS, _LETTERS)
def test_what_is_compared_by_has_one_form(local: str, domain: str) -> None:
    for text in (f"{local}@{domain}", f"{local}@xn--{domain}"):
        key = email_key(text)
        if key is None:
            continue
        assert email_key(key) == key
        assert {email_key(spelling) for spelling in email_spellings(text)} == {key}
        assert email_key(readable_domain(key)) == key
