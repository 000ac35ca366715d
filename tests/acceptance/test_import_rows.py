"""A table of somebody's own through the API: what its columns are, and which laws its rows name."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sertantai.lists.importing.lines import ITEMS_MAX
from sertantai.web.api.import_rows import SAMPLE_COLUMNS_MAX, SAMPLE_ROWS_MAX
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

HEADINGS = ["No.", "Legislation", "SI No", "How we comply", "Responsible", "Review date"]
ROWS = [
    [
        "1",
        "Health and Safety at Work etc. Act 1974",
        "1974 c. 37",
        "Policy, training",
        "Estates",
        "2026-03-01",
    ],
    ["2", "Environmental Protection Act 1990 (as amended)", "1990 c. 43", "Waste notes", "", "2026-04-01"],
    ["3", "ISO 45001:2018", "", "Certified", "Estates", ""],
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def person(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as client:
        yield client


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_columns_are_guessed_by_headings_and_by_the_laws_they_name(person: Client) -> None:
    title = ["Register of law, March", "", "", "", "", ""]
    answer = await person.http.post("/imports/columns", json={"rows": [title, HEADINGS, *ROWS]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["heading"] == 1
    assert [one["role"] for one in found["columns"]] == ["out", "law", "reference", "other", "owner", "date"]
    assert [one["heading"] for one in found["columns"]] == HEADINGS
    without = await person.http.post("/imports/columns", json={"rows": [row[1:4] for row in ROWS]})
    assert without.json()["heading"] is None
    assert [one["role"] for one in without.json()["columns"]] == ["law", "reference", "other"]


async def test_rows_are_matched_in_the_shape_of_lines_with_their_notes_and_tags(person: Client) -> None:
    rows = [
        {
            "line": 5,
            "law": [ROWS[0][1]],
            "reference": [ROWS[0][2]],
            "note": "Owner: Estates",
            "tags": "safety",
        },
        {"line": 6, "law": [f"{ROWS[0][1]}; {ROWS[1][1]}"]},
        {"line": 7, "law": [""], "note": "a row of its own"},
        {"line": 8, "law": [ROWS[2][1]]},
    ]
    answer = (await person.http.post("/imports/match", json={"rows": rows})).json()
    lines = (await person.http.post("/records/match", json={"text": "1974 c. 37"})).json()
    assert answer["format"] == "rows"
    assert set(answer["items"][0]) == set(lines["items"][0])
    assert [(one["line"], one["found"]) for one in answer["items"]] == [
        (5, "matched"),
        (6, "matched"),
        (6, "matched"),
        (8, "missing"),
    ]
    assert answer["items"][0]["candidates"] == lines["items"][0]["candidates"]
    assert answer["items"][0]["annotation"] == {"note": "Owner: Estates", "tags": ["safety"]}
    assert (answer["matched"], answer["ambiguous"], answer["missing"]) == (3, 0, 1)


async def test_so_many_rows_and_columns_are_taken_and_no_more(person: Client) -> None:
    for path, rows, most in (
        ("/imports/columns", [["x"]], SAMPLE_ROWS_MAX),
        ("/imports/match", [{"line": 1}], ITEMS_MAX),
    ):
        for more, status in ((0, 200), (1, 413)):
            answer = await person.http.post(path, json={"rows": rows * (most + more)})
            assert answer.status_code == status, (path, more, answer.text[:200])
    for more, status in ((0, 200), (1, 413)):
        answer = await person.http.post(
            "/imports/columns", json={"rows": [["x"] * (SAMPLE_COLUMNS_MAX + more)]}
        )
        assert (answer.status_code, answer.json().get("field")) == (status, "rows" if more else None)
