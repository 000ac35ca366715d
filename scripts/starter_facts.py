"""Dates and statuses of the starter register, from a register that has them.

Run it by hand: ``python -m scripts.starter_facts REGISTER.csv.gz``, with a file of the columns ``name``,
``year``, ``type_code``, ``live`` and ``md_date`` (plain or compressed with gzip). Everything else in
``starter.csv`` stays as it is.
"""

import csv
import gzip
import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from sertantai.records.importing.importing import STARTER_REGISTER

FACTS = ("live", "md_date")
ACTS = ("ukpga", "asp", "anaw", "asc", "mwa", "nia", "ukla")
"""Numbered within the year in which they became law."""


def main(register: Path) -> None:
    with STARTER_REGISTER.open(encoding="utf-8", newline="") as file:
        laws = {law["name"]: law for law in csv.DictReader(file)}
    for law in rows(register):
        if law["name"] in laws:
            laws[law["name"]].update(facts(law))
    missing = [name for name, law in laws.items() if not law.get("md_date")]
    if missing:
        raise SystemExit(f"{register} has no date of {', '.join(missing)}")
    STARTER_REGISTER.write_text(as_csv(list(laws.values())), encoding="utf-8", newline="")


def rows(register: Path) -> Iterator[dict[str, str]]:
    """The lines of a register file by the names of their columns."""
    opened = gzip.open if register.suffix == ".gz" else open
    with opened(register, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def facts(law: Mapping[str, str]) -> dict[str, str]:
    return {"live": law["live"], "md_date": date_of(law)}


def date_of(law: Mapping[str, str]) -> str:
    """When it was made. The feed gives some Acts a year that is not theirs, with the right day."""
    day = law["md_date"]
    return law["year"] + day[4:] if day and law["type_code"] in ACTS else day


def as_csv(laws: list[dict[str, str]]) -> str:
    columns = [column for column in laws[0] if column not in FACTS]
    # As in a whole register: status before family, date after it.
    columns[columns.index("family") : columns.index("family") + 1] = ["live", "family", "md_date"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(laws)
    return text.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
