"""The starter register: real laws, rightly cited."""

import csv
import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sertantai.records.importing import STARTER_REGISTER
from sertantai.records.rows import LINK_PREFIX

CHECKOUT = Path(__file__).parents[3]
DATA = Path(os.environ.get("SERTANTAI_REGISTER_DATA", CHECKOUT.parent / "shared" / "data"))
WHOLE_REGISTER = DATA / "uk_lrt_199k.csv.gz"
COMPARED = ("name", "type_code", "year", "number", "title_en")
COMPARED_DIGEST = "cc960df27a31d3d1f60ac0216f28d2086a7884a86058c98ea507df555f6b9776"


def starter() -> list[dict[str, str]]:
    with STARTER_REGISTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def whole_register() -> Iterator[dict[str, str]]:
    with gzip.open(WHOLE_REGISTER, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_it_is_large_and_broad_enough() -> None:
    laws = starter()
    assert len(laws) >= 320
    assert len({law["name"] for law in laws}) == len(laws)
    assert len({law["family"] for law in laws}) >= 30
    assert {"ukpga", "uksi", "asp", "ssi", "anaw", "nisi"} <= {law["type_code"] for law in laws}


def test_every_law_links_to_itself() -> None:
    for law in starter():
        assert law["leg_gov_uk_url"] == LINK_PREFIX + law["name"][3:].replace("_", "/")


def test_its_licence_is_stated() -> None:
    notice = STARTER_REGISTER.with_suffix(".NOTICE").read_text(encoding="utf-8")
    assert "Contains public sector information licensed under the Open Government Licence v3.0." in notice


def facts(laws: Iterable[Mapping[str, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(law[column] for column in COMPARED) for law in laws)


def digest(laws: Iterable[Mapping[str, str]]) -> str:
    return hashlib.sha256(repr(facts(laws)).encode()).hexdigest()


def test_titles_years_and_numbers_are_those_of_the_official_register() -> None:
    """With the official register at hand they are compared with it, else with what was compared last."""
    laws = {law["name"]: law for law in starter()}
    assert digest(laws.values()) == COMPARED_DIGEST, (
        "starter.csv is not what was last compared with the official register. Put that at "
        f"{WHOLE_REGISTER} (or name its folder in SERTANTAI_REGISTER_DATA), run this test, and then write "
        f"down {digest(laws.values())} as COMPARED_DIGEST."
    )
    if not WHOLE_REGISTER.exists():
        return
    official = [law for law in whole_register() if law["name"] in laws]
    assert len(official) == len(laws)
    for law in official:
        # Some Welsh laws stand in the feed with their address in place of their title.
        if law["title_en"].startswith("https://"):
            law["title_en"] = laws[law["name"]]["title_en"]
    assert facts(official) == facts(laws.values())
