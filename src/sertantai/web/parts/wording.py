"""What the register's codes mean, in words; and what the hearts in front of families stand for."""

from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

from sertantai.records.filters import NOT_STATED


class Wording(msgspec.Struct, frozen=True):
    """``short`` for a column, ``long`` for whoever wonders."""

    short: str
    long: str


TYPES: Final = {
    "aep": Wording("English Act", "Act of the English Parliament"),
    "aip": Wording("Irish Act", "Act of the Old Irish Parliament"),
    "anaw": Wording("Welsh Act", "Act of the National Assembly for Wales"),
    "aosp": Wording("Old Scottish Act", "Act of the Old Scottish Parliament"),
    "apgb": Wording("GB Act", "Act of the Parliament of Great Britain"),
    "apni": Wording("NI Act 1921–72", "Act of the Northern Ireland Parliament"),
    "asc": Wording("Senedd Act", "Act of Senedd Cymru"),
    "asp": Wording("Scottish Act", "Act of the Scottish Parliament"),
    "gbla": Wording("GB Local Act", "Local Act of the Parliament of Great Britain"),
    "mnia": Wording("NI Measure", "Measure of the Northern Ireland Assembly"),
    "mwa": Wording("Welsh Measure", "Measure of the National Assembly for Wales"),
    "nia": Wording("NI Act", "Act of the Northern Ireland Assembly"),
    "nisi": Wording("NI Order", "Northern Ireland Order in Council"),
    "nisr": Wording("NI SR", "Northern Ireland Statutory Rule"),
    "nisro": Wording("NI SR&O", "Northern Ireland Statutory Rule and Order"),
    "ssi": Wording("Scottish SI", "Scottish Statutory Instrument"),
    "ukci": Wording("Church Instr.", "Church Instrument"),
    "ukcm": Wording("Church Measure", "Church Measure"),
    "ukla": Wording("UK Local Act", "UK Local Act"),
    "ukmd": Wording("UK Direction", "UK Ministerial Direction"),
    "ukmo": Wording("UK Min. Order", "UK Ministerial Order"),
    "ukpga": Wording("UK Act", "UK Public General Act"),
    "ukppa": Wording("UK Private Act", "UK Private and Personal Act"),
    "uksi": Wording("UK SI", "UK Statutory Instrument"),
    "uksro": Wording("UK SR&O", "UK Statutory Rule and Order"),
    "wsi": Wording("Welsh SI", "Wales Statutory Instrument"),
}


class Kind(msgspec.Struct, frozen=True):
    """What families of one heart have in common; ``colour`` names the dot that stands for it."""

    heart: str
    label: str
    colour: str


KINDS: Final = (
    Kind("💙", "Health and safety", "blue"),
    Kind("💚", "Environment", "green"),
    Kind("💜", "People at work", "purple"),
)
OTHER: Final = Kind("", "Other", "grey")


class FamilyWords(msgspec.Struct, frozen=True):
    """``colour`` stands for the heart that the name has lost."""

    name: str
    colour: str


class StatusWords(msgspec.Struct, frozen=True):
    """``kind`` is in-force, part, revoked, other or unstated; ``short`` for a badge."""

    kind: str
    short: str
    long: str


class DayWords(msgspec.Struct, frozen=True):
    iso: str
    text: str


STATUS_NOT_STATED: Final = StatusWords("unstated", "Not stated", "Status not stated")
UNCLASSIFIED: Final = "Not classified"


def type_wording(code: str | None) -> Wording:
    if code is None or code == NOT_STATED:
        return Wording("", "Type not stated")
    return TYPES.get(code, Wording(code, code))


def kind_of(family: str) -> Kind:
    return next((kind for kind in KINDS if family.startswith(kind.heart)), OTHER)


def family_name(family: str) -> str:
    """A family without its heart: "💚 WASTE" is "WASTE"."""
    if family == NOT_STATED:
        return UNCLASSIFIED
    kind = kind_of(family)
    return family.removeprefix(kind.heart).strip() if kind.heart else family


def status_name(live: str) -> str:
    """A status without its sign, which an icon shows."""
    return STATUS_NOT_STATED.short if live == NOT_STATED else live.lstrip("✔❌⭕️ ").strip()


@lru_cache(maxsize=512)
def family_words(family: str) -> FamilyWords:
    return FamilyWords(family_name(family), kind_of(family).colour)


@lru_cache(maxsize=512)
def status_words(live: str | None) -> StatusWords:
    """The sign in front of a status says what kind it is. None is said, as a gap reads as "in force"."""
    if not live:
        return STATUS_NOT_STATED
    long = status_name(live)
    if "✔" in live:
        return StatusWords("in-force", long, long)
    if "⭕" in live:
        return StatusWords("part", "Part revoked", long)
    return StatusWords("revoked", "Revoked", long) if "❌" in live else StatusWords("other", long, long)


@lru_cache(maxsize=4096)
def day_words(day: date) -> DayWords:
    """As 24 Nov 2026; the page's script writes it in the reader's own way."""
    return DayWords(day.isoformat(), f"{day.day} {day:%b %Y}")
