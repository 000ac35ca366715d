"""Register files into real PostgreSQL: what is good goes in, what is bad is said, nothing is lost."""

import csv
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import Conflict, InvalidInput
from sertantai.postgres import Database
from sertantai.postgres.roles import Role
from sertantai.records import sql
from sertantai.records.importing.importing import (
    STARTER_REGISTER,
    ImportReport,
    Progress,
    import_file,
    import_starter,
)
from sertantai.sealing.log import newest_log
from sertantai.sealing.notices import notices_in

HEADER = "name,title_en,year,number,family,md_date"
GOOD = 'UK_uksi_2023_1164,"The ""Water"", Fire & 💚 Order 2023",2023,1164,💚 WASTE,2023-10-31\n'
READ = "SELECT * FROM uk_lrt_records ORDER BY record_no"


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.inserted, report.updated, report.unchanged, report.rejected


async def rows(database: Database, statement: str = READ) -> list[dict[str, Any]]:
    async with database.transaction(Role.APP) as connection:
        return [dict(row) for row in await connection.fetch(statement)]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


async def test_a_row_arrives_as_it_was_written(database: Database, tmp_path: Path) -> None:
    report = await import_file(database, write(tmp_path / "a.csv", f"{HEADER}\n{GOOD}"))
    assert counts(report) == (1, 0, 0, 0)
    (row,) = await rows(database)
    assert row["title_en"] == 'The "Water", Fire & 💚 Order 2023'
    assert (row["year"], row["number"], row["number_int"]) == (2023, "1164", 1164)
    assert row["md_date"].isoformat() == "2023-10-31"
    assert row["live"] is None
    assert row["search_terms"].split()[:3] == ["the", "water", "fire"]


async def test_the_second_time_nothing_changes(database: Database, tmp_path: Path) -> None:
    first = await import_file(database, STARTER_REGISTER)
    again = await import_file(database, STARTER_REGISTER)
    assert first.inserted >= 320
    assert counts(again) == (0, 0, first.inserted, 0)
    assert again.revision == first.revision


async def test_the_starter_goes_only_into_an_empty_register(database: Database) -> None:
    report = await import_starter(database)
    assert report is not None
    assert report.rejected == 0
    assert await import_starter(database) is None


async def test_a_change_is_written_and_told(database: Database, tmp_path: Path) -> None:
    await import_file(database, write(tmp_path / "a.csv", f"{HEADER}\n{GOOD}"))
    (before,) = await rows(database)
    changed = GOOD.replace("💚 WASTE", "💙 FIRE").replace("1164,💙", "c. 4,💙")
    report = await import_file(database, write(tmp_path / "b.csv", f"{HEADER}\n{changed}"))
    assert counts(report) == (0, 1, 0, 0)
    (after,) = await rows(database)
    assert (after["id"], after["record_no"]) == (before["id"], before["record_no"])
    assert (after["family"], after["number"], after["number_int"]) == ("💙 FIRE", "c. 4", None)
    (change,) = await rows(database, "SELECT * FROM uk_lrt_record_changes")
    assert change["revision"] == report.revision
    assert change["changed_fields"] == {
        "family": {"old": "💚 WASTE", "new": "💙 FIRE"},
        "number": {"old": "1164", "new": "c. 4"},
    }


async def test_columns_the_file_does_not_have_keep_their_values(database: Database, tmp_path: Path) -> None:
    await import_file(database, write(tmp_path / "a.csv", f"{HEADER}\n{GOOD}"))
    short = write(tmp_path / "b.csv", "title_en,name\nThe Fire Order 2023,UK_uksi_2023_1164\n")
    assert counts(await import_file(database, short)) == (0, 1, 0, 0)
    (row,) = await rows(database)
    assert (row["title_en"], row["family"], row["number_int"]) == ("The Fire Order 2023", "💚 WASTE", 1164)
    assert "1164" in row["search_terms"].split()


async def test_unknown_columns_are_reported_and_kept(database: Database, tmp_path: Path) -> None:
    text = "name,title_en,colour,id,live\nUK_x_1,Act,green,7,\nUK_x_2,Act,,8,\n"
    report = await import_file(database, write(tmp_path / "a.csv", text))
    assert (report.unknown_columns, report.ignored_columns) == (["colour"], ["id"])
    other = "name,title_en,shape\nUK_x_1,Act,round\n"
    await import_file(database, write(tmp_path / "b.csv", other))
    first, second = await rows(database)
    assert first["extra"] == {"colour": "green", "shape": "round"}
    assert second["extra"] == {"colour": None}


BROKEN = [
    ("UK_x_1,Act,x,1,,", "year: 'x' is not a year"),
    ("UK_x_1,,2000,1,,", "title_en is missing"),
    (",Act,2000,1,,", "name is missing"),
    ("UK_x_1,Act,2000,1,", "5 columns where the header has 6"),
    ("UK_x_1,Act,2000,1,,,,", "8 columns where the header has 6"),
    ("UK_x_1,Act,2000,1,,31/12/2000", "md_date: '31/12/2000' is not a date"),
    ("UK_x_1," + "x" * 10_001 + ",2000,1,,", "title_en: 10,001 characters"),
    ("UK_x_1,A\0ct,2000,1,,", "NUL"),
    ("UK_x_1,Caf\udce9,2000,1,,", "bad encoding: not UTF-8 near"),
    ('UK_x_1,"Act,2000,1,,', "broken row"),
    ('UK_x_1,"Act" x,2000,1,,', "broken row"),
    ("UK_uksi_2023_1164,Act,2000,1,,", "is in the file more than once"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
async def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_in(
    database: Database, tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "a.csv"
    last = "UK_x_9,Last Act,1999,9,,\n"
    path.write_bytes(f"{HEADER}\n{GOOD}{line}\n{last}".encode(errors="surrogateescape"))
    report = await import_file(database, path)
    assert counts(report) == (2, 0, 0, 1)
    (refused_row,) = report.refused_rows
    assert refused_row.line == 3
    assert reason in refused_row.reason
    assert report.rejected_file == str(path) + ".rejected.csv"
    with Path(report.rejected_file).open(encoding="utf-8", newline="") as file:
        header, rejected = csv.reader(file)
    assert header == ["line", "reason", "row"]
    assert rejected[:2] == ["3", refused_row.reason]


async def test_a_clean_import_takes_away_the_rejections_of_the_last(
    database: Database, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", f"{HEADER}\nUK_x_1,,,,,\n")
    report = await import_file(database, path)
    assert report.rejected_file is not None
    write(path, f"{HEADER}\n{GOOD}")
    assert (await import_file(database, path)).rejected_file is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


async def test_a_cut_off_gzip_fails_clearly_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    many = "".join(f"UK_x_{n},Act {n * 7919},{1000 + n % 1000},{n},,\n" for n in range(40_000))
    whole = gzip.compress(f"{HEADER}\nbad\n{many}".encode())
    path = tmp_path / "a.csv.gz"
    path.write_bytes(whole[: len(whole) - 5_000])
    with pytest.raises(InvalidInput, match="incomplete"):
        await import_file(database, path)
    assert await rows(database) == []
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv.gz"]
    path.write_bytes(whole)
    assert counts(await import_file(database, path)) == (40_000, 0, 0, 1)


async def test_json_ndjson_and_gzip_hold_the_same_register(database: Database, tmp_path: Path) -> None:
    laws = [
        {
            "name": f"UK_x_{n}",
            "title_en": f"Act {n}",
            "year": 1900 + n,
            "function": {"Making": [n]},
            "tags": ["a", "b"],
        }
        for n in range(50)
    ]
    array = tmp_path / "laws.json"
    array.write_text("[\n" + ",\n".join(json.dumps(law) for law in laws) + "\n]\n", encoding="utf-8")
    lines = tmp_path / "laws.ndjson.gz"
    lines.write_bytes(gzip.compress("\n".join(json.dumps(law) for law in laws).encode()))
    assert counts(await import_file(database, array)) == (50, 0, 0, 0)
    assert counts(await import_file(database, lines)) == (0, 0, 50, 0)
    first = (await rows(database))[0]
    assert (first["year"], first["function"], first["tags"]) == (1900, {"Making": [0]}, ["a", "b"])


async def test_lists_and_json_in_csv_are_read_as_such(database: Database, tmp_path: Path) -> None:
    text = (
        "name,title_en,tags,role,duty_holder\n"
        'UK_x_1,Act,"[""a"", ""b""]",c; d,"{""Employer"": true}"\n'
        'UK_x_2,Act,"{e,f}",,Employer\n'
    )
    await import_file(database, write(tmp_path / "a.csv", text))
    one, two = await rows(database)
    assert (one["tags"], one["role"], one["duty_holder"]) == (["a", "b"], ["c", "d"], {"Employer": True})
    assert (two["tags"], two["role"], two["duty_holder"]) == (["e", "f"], None, "Employer")


async def test_only_one_import_runs_at_a_time(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"{HEADER}\n{GOOD}")
    async with database.transaction(Role.REGISTER) as connection:
        await connection.fetchval(sql.TRY_IMPORT_LOCK, sql.IMPORT_LOCK)
        with pytest.raises(Conflict, match="Another import"):
            await import_file(database, path)
    assert (await import_file(database, path)).inserted == 1


async def test_progress_ends_at_the_whole_file(database: Database) -> None:
    seen: list[Progress] = []
    report = await import_file(database, STARTER_REGISTER, seen.append)
    assert seen[-1].rows == report.inserted
    assert seen[-1].bytes_read == seen[-1].bytes_total == STARTER_REGISTER.stat().st_size


async def test_record_numbers_leave_no_gaps_when_rows_are_known(database: Database, tmp_path: Path) -> None:
    for last in (3, 5):
        text = "name,title_en\n" + "".join(f"UK_x_{n},Act\n" for n in range(last))
        await import_file(database, write(tmp_path / "a.csv", text))
    assert [row["record_no"] for row in await rows(database)] == [1, 2, 3, 4, 5]


async def test_what_only_the_program_derives_is_mended_silently(
    database: Database, superuser: Any, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", f"{HEADER}\n{GOOD}")
    await import_file(database, path)
    await superuser.execute("UPDATE uk_lrt_records SET search_terms = 'old'")
    assert counts(await import_file(database, path)) == (0, 0, 1, 0)
    (row,) = await rows(database)
    assert "water" in row["search_terms"].split()


async def test_the_log_is_told_what_an_import_changed(database: Database, tmp_path: Path) -> None:
    notices = notices_in(tmp_path, newest_log(tmp_path), ManualClock())
    text = "name,title_en\nUK_b,Second\nUK_a,First\n"
    first = await import_file(database, write(tmp_path / "a.csv", text), notices=notices)
    await import_file(database, tmp_path / "a.csv", notices=notices)
    other = write(tmp_path / "b.csv", text.replace("Second", "2nd"))
    second = await import_file(database, other, notices=notices)
    async with database.transaction(Role.AUDITOR) as connection:
        told = await connection.fetch("SELECT body FROM audit_notices WHERE kind = 'register' ORDER BY told")
    assert [row["body"] for row in told] == [
        {
            "what": "import",
            "revision": report.revision,
            "inserted": report.inserted,
            "updated": report.updated,
            "names": hashlib.sha256(names).hexdigest(),
        }
        for report, names in ((first, b"UK_a\nUK_b\n"), (second, b"UK_b\n"))
    ], "what changed nothing is not told"
