"""The catalogue that PostgreSQL ranks is the one that plain Python makes of the same laws."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyroaring import BitMap

from sertantai.postgres import Database
from sertantai.records import building
from sertantai.records.building import build
from sertantai.records.columns import SORTABLE
from sertantai.records.filters import RecordFilter
from sertantai.records.finding.abbreviations import ACRONYMS_MAX
from sertantai.records.importing.generating import generate_register
from sertantai.records.importing.importing import import_starter
from sertantai.records.snapshot_file import load, save
from sertantai.records.sorting import Sort, SortTerm
from tests.unit.records.small_register import Law, catalogue_of

LAWS = [
    Law(0, "UK_uksi_1", "The Ŵaun Côte Order", "uksi", 1974, "37", "💚 WASTE", None, None, date(2020, 1, 1)),
    Law(0, "UK_uksi_2", "the waun cote act", "uksi", 1974, "c. 4", "💙 FIRE", "x", None, date(1974, 7, 31)),
    Law(0, "UK_ukpga_3", "“Water”, emoji 💧 & quotes", "ukpga", 1267, "9780348283952", None, None, "❌"),
    Law(0, "UK_ukpga_4", "Zebra Act", None, None, "9", "💚 WASTE"),
    Law(0, "UK_ukpga_5", "Zebra Act", None, 1974, "10", "💜 HR: Employment"),
    Law(0, "UK_ukpga_6", "Ærø Act ẞ", "ukpga", 2000, "12345678901234567890"),
    Law(0, "UK_ukpga_7", "Children’s Act", "ukpga", 2000, None),
]
INSERT = """INSERT INTO uk_lrt_records
  (name, title_en, type_code, year, number, family, family_ii, live, md_date, leg_gov_uk_url, search_terms)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING record_no, id"""


async def inserted(superuser: Any) -> tuple[list[Law], dict[int, Any]]:
    laws, ids = [], {}
    for law in LAWS:
        fields = [getattr(law, name) for name in msgspec.structs.asdict(law) if name != "record_no"]
        link = "https://www.legislation.gov.uk/id/" + law.name[3:].replace("_", "/")
        row = await superuser.fetchrow(INSERT, *fields, link, " ".join(law.words))
        laws.append(msgspec.structs.replace(law, record_no=row["record_no"]))
        ids[row["record_no"]] = row["id"]
    return laws, ids


async def test_every_answer_is_that_of_the_plain_catalogue(database: Database, superuser: Any) -> None:
    laws, ids = await inserted(superuser)
    built, plain = await build(database), catalogue_of(laws)
    assert built.everything == plain.everything
    for column in SORTABLE:
        for descending in (False, True):
            sort = Sort((SortTerm(column, descending),))
            pages = [c.page(c.everything, sort, None, 4) for c in (built, plain)]
            assert pages[0] == pages[1], f"{sort}"
    wanted = RecordFilter(year_from=1900)
    assert built.facets(wanted, BitMap([1, 2])) == plain.facets(wanted, BitMap([1, 2]))
    for q in ("waun", "côte ord", "childrens", "37", "quotes", "1974 c. 37", "æro", "ss"):
        assert built.matching(RecordFilter(q=q)) == plain.matching(RecordFilter(q=q)), q
    numbers = [law.record_no for law in laws]
    for ours, theirs, number in zip(built.rows(numbers), plain.rows(numbers), numbers, strict=True):
        assert ours.id == ids[number]
        assert msgspec.structs.replace(ours, id=theirs.id) == theirs


async def test_links_that_do_not_follow_from_the_name_are_kept(database: Database, superuser: Any) -> None:
    await superuser.execute(
        "INSERT INTO uk_lrt_records (name, title_en, leg_gov_uk_url) VALUES"
        " ('UK_x_1', 'a', 'https://example.org/1'), ('UK_x_2', NULL, NULL), ('odd', '', '')"
    )
    catalogue = await build(database)
    rows = catalogue.rows(sorted(catalogue.everything))
    assert [row.leg_gov_uk_url for row in rows] == ["https://example.org/1", None, None]


async def test_a_saved_catalogue_answers_as_before(
    database: Database, superuser: Any, tmp_path: Path
) -> None:
    await inserted(superuser)
    built = await build(database)
    save(built, tmp_path / "catalogue.bin")
    loaded = load(tmp_path / "catalogue.bin")
    assert loaded is not None
    assert (loaded.revision, loaded.parts.changed_at) == (built.revision, built.parts.changed_at)
    sort = Sort((SortTerm("md_date", True),))
    assert loaded.page(loaded.everything, sort, None, 5) == built.page(built.everything, sort, None, 5)
    assert loaded.rows(list(loaded.everything)) == built.rows(list(built.everything))
    assert loaded.matching(RecordFilter(q="zebra")) == built.matching(RecordFilter(q="zebra"))


async def test_the_registers_own_acronyms_are_those_of_the_newest_laws(
    database: Database, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await inserted(superuser)
    await superuser.execute("UPDATE uk_lrt_records SET acronym = 'ZBR' WHERE title_en = 'Zebra Act'")
    for most, expected in ((ACRONYMS_MAX, ["UK_ukpga_5", "UK_ukpga_4"]), (1, ["UK_ukpga_5"])):
        monkeypatch.setattr(building, "ACRONYMS_MAX", most)
        built = await build(database)
        assert [built.row(one.number).name for one in built.finder.meant("ZBR")] == expected


async def test_an_empty_register_has_a_catalogue(database: Database, tmp_path: Path) -> None:
    catalogue = await build(database)
    assert catalogue.count == 0
    save(catalogue, tmp_path / "catalogue.bin")
    loaded = load(tmp_path / "catalogue.bin")
    assert loaded is not None
    assert loaded.matching(RecordFilter(q="a")) == BitMap()


async def test_the_starter_register_is_found_as_people_cite_it(database: Database) -> None:
    await import_starter(database)
    catalogue = await build(database)
    for q in ("1974 c. 37", "health safety work act 1974", "UK_ukpga_1974_37", "ukpga 1974/37"):
        found = catalogue.rows(list(catalogue.matching(RecordFilter(q=q))))
        assert "Health and Safety at Work etc. Act 1974" in [row.title_en for row in found], q


@pytest.mark.parametrize("count", [0, 2_000])
async def test_a_made_up_register_comes_out_the_same_each_time(database: Database, count: int) -> None:
    first = await generate_register(database, count, seed=3)
    again = await generate_register(database, count, seed=3)
    assert (first.inserted, again.inserted, again.unchanged) == (count, 0, count)
    assert (await build(database)).count == count
