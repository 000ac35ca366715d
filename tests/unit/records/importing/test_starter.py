"""The starter register: real laws, rightly cited."""

import csv
import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from scripts.starter_facts import date_of, rows
from sertantai.records.importing.importing import STARTER_REGISTER
from sertantai.records.rows import LINK_PREFIX

CHECKOUT = Path(__file__).parents[3]
DATA = Path(os.environ.get("SERTANTAI_REGISTER_DATA", CHECKOUT.parent / "shared" / "data"))
WHOLE_REGISTER = DATA / "uk_lrt_199k.csv.gz"
COMPARED = ("name", "type_code", "year", "number", "title_en", "live", "md_date")
STATUSES = {
    "✔ In force",
    "⭕ Part Revocation / Repeal",
    "❌ Revoked / Repealed / Abolished",
    "",
}
"""Those of the register; an empty one is not stated."""
COMPARED_DIGEST = "8c44dc92f1049e9413676e1deaafe12d0b881e4c991e1d87f2fe6f23e2c95655"


def starter() -> list[dict[str, str]]:
    with STARTER_REGISTER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_is_large_and_broad_enough() -> None:
    laws = starter()
    assert len(laws) >= 320
    assert len({law["name"] for law in laws}) == len(laws)
    assert len({law["family"] for law in laws}) >= 30
    assert {"ukpga", "uksi", "asp", "ssi", "anaw", "nisi"} <= {law["type_code"] for law in laws}


def test_every_law_links_to_itself() -> None:
    for law in starter():
        assert law["leg_gov_uk_url"] == LINK_PREFIX + law["name"][3:].replace("_", "/")


def test_every_law_has_the_date_on_which_it_was_made() -> None:
    for law in starter():
        assert date.fromisoformat(law["md_date"]).year == int(law["year"]), law


def test_statuses_are_those_of_the_register() -> None:
    assert {law["live"] for law in starter()} <= STATUSES


def test_its_licence_is_stated() -> None:
    notice = STARTER_REGISTER.with_suffix(".NOTICE").read_text(encoding="utf-8")
    assert "Contains public sector information licensed under the Open Government Licence v3.0." in notice


def facts(laws: Iterable[Mapping[str, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(law[column] for column in COMPARED) for law in laws)


def digest(laws: Iterable[Mapping[str, str]]) -> str:
    return hashlib.sha256(repr(facts(laws)).encode()).hexdigest()


def test_what_it_says_of_its_laws_is_what_the_official_register_says() -> None:
    """With the official register at hand they are compared with it, else with what was compared last."""
    laws = {law["name"]: law for law in starter()}
    assert digest(laws.values()) == COMPARED_DIGEST, (
        "starter.csv is not what was last compared with the official register. Put that at "
        f"{WHOLE_REGISTER} (or name its folder in SERTANTAI_REGISTER_DATA), run this test, and then write "
        f"down {digest(laws.values())} as COMPARED_DIGEST."
    )
    if not WHOLE_REGISTER.exists():
        return
    official = [law for law in rows(WHOLE_REGISTER) if law["name"] in laws]
    assert len(official) == len(laws)
    for law in official:
        # Some Welsh laws stand in the feed with their address in place of their title.
        if law["title_en"].startswith("https://"):
            law["title_en"] = laws[law["name"]]["title_en"]
        law["md_date"] = date_of(law)
    assert facts(official) == facts(laws.values())
