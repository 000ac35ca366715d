"""A made-up register for load tests: the same count and seed always give the same laws."""

from collections import Counter
from collections.abc import Iterator
from csv import DictReader
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from sertantai.postgres.database import Database
from sertantai.records.importing.importing import (
    STARTER_REGISTER,
    ImportReport,
    OnProgress,
    Reporter,
    merge_rows,
)
from sertantai.records.importing.staging import Staging
from sertantai.records.rows import LINK_PREFIX
from sertantai.sealing.notices import Notices

COUNT_MAX = 20_000_000

HEADER = ["name", "type_code", "year", "number", "title_en", "live", "family", "md_date", "leg_gov_uk_url"]
YEAR_FIRST, YEAR_LAST = 1801, 2026
REVOKED = "❌ Revoked / Repealed / Abolished"
REVOKED_SHARE = 0.04
NUMBERS_FROM = 10_001
"""No year of any kind of law has had so many: nobody who cites a real one means one that is made up."""
FAMILY_STATED_SHARE = 0.6

TYPE_CODES = ("uksi", "ukla", "nisr", "ukpga", "ssi", "wsi", "asp", "nisi", "nia", "anaw")
TYPE_SHARES = tuple(accumulate((55, 10, 10, 9, 6, 4, 2, 2, 1, 1)))
ACTS = frozenset({"ukla", "ukpga", "asp", "nia", "anaw"})

SUBJECTS = {
    "💙 TRANSPORT: Road Safety": ("Road Traffic", "Motor Vehicles", "Trunk Road", "Traffic Signs", "Parking"),
    "💜 HR: Insurance / Compensation / Wages / Benefits": ("Pensions", "Social Security", "Minimum Wage"),
    "💙 TRANSPORT: Rail Safety": ("Railways", "Light Railway", "Level Crossing"),
    "💙 HEALTH: Patient Safety": ("National Health Service", "Medical Devices", "Care Homes"),
    "💙 TRANSPORT: Maritime Safety": ("Merchant Shipping", "Harbour", "Pilotage"),
    "💙 FOOD": ("Food Hygiene", "Food Labelling", "Milk", "Sugar"),
    "💚 WATER & WASTEWATER": ("Water Supply", "Reservoirs", "Urban Waste Water", "Land Drainage"),
    "💙 TRANSPORT: Air Safety": ("Air Navigation", "Civil Aviation", "Airports"),
    "💚 ANIMALS & ANIMAL HEALTH": ("Animal Health", "Welfare of Animals", "Cattle"),
    "💚 FISHERIES & FISHING": ("Sea Fishing", "Salmon and Freshwater Fisheries", "Shellfish"),
    "💜 HR: Employment": ("Employment Rights", "Trade Union", "Agency Workers", "Parental Leave"),
    "💚 ENERGY": ("Electricity", "Gas Transporters", "Renewables Obligation", "Heat Networks"),
    "💚 TOWN & COUNTRY PLANNING": ("Town and Country Planning", "Use Classes", "Tree Preservation"),
    "💚 WASTE": ("Hazardous Waste", "Packaging Waste", "Landfill", "End-of-Life Vehicles"),
    "💙 FIRE": ("Fire Safety", "Fire Precautions", "Smoke Alarm"),
    "💙 OH&S: Occupational / Personal Safety": ("Health and Safety", "Manual Handling", "Work at Height"),
    "💚 POLLUTION": ("Pollution Prevention and Control", "Oil Storage", "Nitrate Pollution"),
    "💚 CLIMATE CHANGE": ("Greenhouse Gas Emissions Trading", "Carbon Budget", "Climate Change"),
    "💚 NUCLEAR & RADIOLOGICAL": ("Nuclear Installations", "Ionising Radiations"),
    "💙 PUBLIC: Building Safety": ("Building", "Higher-Risk Buildings", "Cladding Remediation"),
}
FAMILIES = tuple(SUBJECTS)
FAMILY_SHARES = tuple(accumulate(1 / (at + 2) for at in range(len(FAMILIES))))
PLACES = (
    "",
    "",
    "",
    "(England)",
    "(Wales)",
    "(Scotland)",
    "(England and Wales)",
    "(Northern Ireland)",
    "(Cymru)",
)
KINDS = (
    "Regulations",
    "Order",
    "Rules",
    "(Amendment) Regulations",
    "(Amendment) Order",
    "(Commencement No. 2) Order",
)


async def generate_register(
    database: Database,
    count: int,
    seed: int = 1,
    progress: OnProgress | None = None,
    notices: Notices | None = None,
) -> ImportReport:
    """Imports ``count`` made-up laws; again with the same seed, it finds them all there, unchanged.
    ``notices``: see `import_file`."""
    staging = Staging(HEADER)
    done = 0

    def staged() -> Iterator[tuple[Any, ...]]:
        nonlocal done
        for done, values in enumerate(laws(count, seed), start=1):
            yield staging.row(done, values)

    report = Reporter(progress, lambda: done, count)
    merged, revision, seconds = await merge_rows(database, staging, staged(), report, notices)
    return ImportReport(
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=merged.unchanged,
        rejected=0,
        revision=revision,
        seconds=seconds,
    )


def laws(count: int, seed: int) -> Iterator[list[str]]:
    """Rows under `HEADER`. A law's name holds the seed, so that two made-up registers never meet."""
    random = Random(seed)  # noqa: S311  # nobody is to be surprised
    numbers: dict[tuple[str, int], int] = {}
    titles = Counter(_starters())
    for _ in range(count):
        code = random.choices(TYPE_CODES, cum_weights=TYPE_SHARES)[0]
        year = _year(random)
        number = numbers[code, year] = numbers.get((code, year), NUMBERS_FROM - 1) + 1
        family = random.choices(FAMILIES, cum_weights=FAMILY_SHARES)[0]
        revoked = random.random() < REVOKED_SHARE
        name = f"UK_{code}_{year}_{seed}-{number}"
        yield [
            name,
            code,
            str(year),
            str(number),
            _title(random, titles, family, code, year) + (" (revoked)" if revoked else ""),
            REVOKED if revoked else "",
            family if random.random() < FAMILY_STATED_SHARE else "",
            (date(year, 1, 1) + timedelta(days=int(random.random() * 365))).isoformat(),
            LINK_PREFIX + name[3:].replace("_", "/"),
        ]


def _year(random: Random) -> int:
    """Most law is young: half of it is from the last fifth of the years."""
    return YEAR_LAST - int((YEAR_LAST - YEAR_FIRST) * random.random() ** 2.3)


def _title(random: Random, titles: Counter[str], family: str, code: str, year: int) -> str:
    """Each is of one law, as nearly all are. ``titles``: how many there are of each so far."""
    subject, place = random.choice(SUBJECTS[family]), random.choice(PLACES)
    begin, end = ["", "Act"] if code in ACTS else ["The", random.choice(KINDS)]
    said = " ".join(filter(None, [subject, place, end, str(year)]))
    titles[said] += 1
    which = f"(No. {titles[said]})" if titles[said] > 1 else ""
    return " ".join(filter(None, [begin, subject, place, which, end, str(year)]))


def _starters() -> list[str]:
    """What laws of the starter register are called, without their article: that is of them alone."""
    with STARTER_REGISTER.open(encoding="utf-8", newline="") as file:
        return [law["title_en"].removeprefix("The ") for law in DictReader(file)]
