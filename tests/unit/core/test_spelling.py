"""What people write has one spelling, whichever way it comes in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.errors import InvalidInput
from sertantai.core.spelling import compared, lines, one_line, without_refused

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        f"{SCOTLAND} Scotland",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "می\u200cخواهم",
        "❤\ufe0f",
        "\ue000",
    ],
)
def test_what_can_be_seen_is_kept_as_it_is(text: str) -> None:
    assert one_line(text, "name") == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" y ", "y"),
        ("two\u2028lines\tand  blanks", "two lines and blanks"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
        ("end\u200d", "end"),
        ("\u200c start", "start"),
        ("x\u202ey", "xy"),
        ("a\U000e0067", "a"),
        ("Cafe\u0301", "Caf\u00e9"),
    ],
)
def test_what_cannot_be_seen_is_left_out(text: str, kept: str) -> None:
    assert one_line(text, "name") == kept


@pytest.mark.parametrize("character", ["\0", "\x07", "\x7f", "\x9f", "\ud800"])
def test_a_control_character_is_refused_by_its_name(character: str) -> None:
    for spell in (one_line, lines):
        with pytest.raises(InvalidInput, match=f"U\\+{ord(character):04X}") as refusal:
            spell(f"a{character}b", "note")
        assert refusal.value.field == "note"
    assert without_refused(f"a{character}b") == "ab"


def test_a_note_keeps_its_lines() -> None:
    assert lines("\n one\r\ntwo\rthree\x0bfour\n\n", "note") == "one\ntwo\nthree\nfour"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Leeds", "LEEDS"), ("Caf\u00e9", "cafe\u0301"), ("Stra\u00dfe", "STRASSE"), ("\u0130", "i\u0307")],
)
def test_texts_that_read_alike_are_one(one: str, other: str) -> None:
    assert compared(one) == compared(other)


@given(st.text())
def test_what_is_kept_stays_as_it_is(text: str) -> None:
    for spell in (one_line, lines):
        kept = spell(without_refused(text), "name")
        assert spell(kept, "name") == kept
        assert unicodedata.is_normalized("NFC", kept)
        assert compared(kept) == compared(compared(kept))
