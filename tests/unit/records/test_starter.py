"""The starter register: real laws, rightly cited."""

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sertantai.records.importing import STARTER_REGISTER
from sertantai.records.rows import LINK_PREFIX

CHECKOUT = Path(__file__).parents[3]
DATA = Path(os.environ.get("SERTANTAI_REGISTER_DATA", CHECKOUT.parent / "shared" / "data"))
WHOLE_REGISTER = DATA / "uk_lrt_199k.csv.gz"


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


def test_titles_years_and_numbers_are_those_of_the_official_register() -> None:
    if not WHOLE_REGISTER.exists():
        pytest.xfail(f"the official register is not here to compare with: {WHOLE_REGISTER}")
    laws = {law["name"]: law for law in starter()}
    seen = 0
    for official in whole_register():
        law = laws.get(official["name"])
        if law is None:
            continue
        seen += 1
        assert (law["type_code"], law["year"], law["number"]) == tuple(
            official[column] for column in ("type_code", "year", "number")
        )
        # Some Welsh laws stand in the feed with their address in place of their title.
        if not official["title_en"].startswith("https://"):
            assert law["title_en"] == official["title_en"]
    assert seen == len(laws)
