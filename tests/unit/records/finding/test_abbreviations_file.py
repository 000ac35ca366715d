"""The file of abbreviations: its form, and that each law in it is the one that is meant.

`titles.csv` says which law each name was written for. It is compared with the whole register where that is
beside the checkout, else with the starter register, which has about half of them.
"""

import csv
import gzip
import re
from functools import cache
from importlib import resources
from io import StringIO
from pathlib import Path

from sertantai.core.search_terms import search_terms
from sertantai.records.finding import abbreviations as module
from sertantai.records.finding.abbreviations import abbreviations
from tests.fixtures.whole_register import STARTER, WHOLE_REGISTER

TITLES = Path(__file__).with_name("titles.csv")
NAME = re.compile(r"UK_[a-z]{3,6}_(?:(?:19|20)\d\d_\d+|Eliz2_[\d-]+_\d+)")
YEAR = re.compile(r"\b(?:19|20)\d\d\b|\d\d$")
ENDS = re.compile(r" \((?:revoked|repealed)[^)]*\)$")
WITHOUT_TITLES = {"anaw", "asc", "wsi"}
"""Welsh laws, of which the feed has some with their address in place of their title."""


@cache
def rows() -> list[dict[str, str]]:
    text = resources.files("sertantai.records.finding").joinpath(module.FILE).read_text("utf-8")
    assert text.startswith("abbreviation,kind,sure,laws,historic\n")
    return list(csv.DictReader(StringIO(text)))


@cache
def titles() -> dict[str, str]:
    with TITLES.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["title"] for row in csv.DictReader(file)}


@cache
def register() -> dict[str, dict[str, str]]:
    """The laws of the file, of the largest register at hand; where it has no title, with the starter's."""
    wanted = titles()
    with STARTER.open(encoding="utf-8", newline="") as file:
        starter = {law["name"]: law for law in csv.DictReader(file) if law["name"] in wanted}
    if not WHOLE_REGISTER.exists():
        return starter
    with gzip.open(WHOLE_REGISTER, "rt", encoding="utf-8", newline="") as file:
        whole = {law["name"]: law for law in csv.DictReader(file) if law["name"] in wanted}
    for name, law in whole.items():
        if law["title_en"].startswith("https://") and name in starter:
            law["title_en"] = starter[name]["title_en"]
    return whole


def laws_of(column: str) -> set[str]:
    return {name for row in rows() for name in row[column].split()}


def words_of(title: str) -> list[str]:
    words = search_terms(ENDS.sub("", title))
    return words[1:] if words[:1] == ["the"] else words


def test_there_are_many() -> None:
    assert len(rows()) >= 800
    assert len(laws_of("laws")) >= 550


def test_each_row_is_whole() -> None:
    for row in rows():
        assert row.keys() == {"abbreviation", "kind", "sure", "laws", "historic"}, row
        laws, historic = row["laws"].split(), row["historic"].split()
        assert row["abbreviation"] == " ".join(row["abbreviation"].split()), row
        assert row["kind"] in ("one", "all"), row
        assert row["sure"] in ("yes", "with year", "no"), row
        assert all(NAME.fullmatch(name) for name in laws), row
        assert len(laws) > (1 if row["kind"] == "all" else 0), row
        assert len(set(laws)) == len(laws), row
        assert set(historic) <= set(laws), row


def test_no_abbreviation_holds_a_year() -> None:
    assert [row["abbreviation"] for row in rows() if YEAR.search(row["abbreviation"])] == []


def test_none_is_there_twice_however_it_is_written() -> None:
    meanings = [abbreviations().laws_of(search_terms(row["abbreviation"])) for row in rows()]
    found = [meaning.abbreviation if meaning else None for meaning in meanings]
    assert found == [row["abbreviation"] for row in rows()]
    assert len(abbreviations()) == len(rows())


def test_a_law_is_historic_or_in_force_in_every_row() -> None:
    in_force = {name for row in rows() for name in row["laws"].split() if name not in row["historic"].split()}
    assert in_force & laws_of("historic") == set()


def test_it_says_which_law_each_name_was_written_for() -> None:
    assert laws_of("laws") == titles().keys()


def test_each_law_is_in_the_register_and_is_the_one_that_is_meant() -> None:
    laws, another = register(), {}
    for name, title in titles().items():
        if name not in laws:
            assert not WHOLE_REGISTER.exists(), f"the register has no {name}: {title}"
            continue
        known = laws[name]["title_en"]
        if known.startswith("https://"):
            assert name.split("_")[1] in WITHOUT_TITLES, name
        elif words_of(known) != words_of(title):
            another[name] = known
    assert another == {}
    assert len(laws) >= 200, f"put the whole register at {WHOLE_REGISTER} to compare them all"


def test_what_the_register_says_is_revoked_is_historic() -> None:
    revoked = {
        name
        for name, law in register().items()
        if law["live"].startswith("❌") or ENDS.search(law["title_en"])
    }
    assert revoked - laws_of("historic") == set()


def test_what_the_starter_register_says_is_in_force_is_not_historic() -> None:
    with STARTER.open(encoding="utf-8", newline="") as file:
        in_force = {law["name"] for law in csv.DictReader(file) if law["live"].startswith("✔")}
    assert in_force & laws_of("historic") == set()
